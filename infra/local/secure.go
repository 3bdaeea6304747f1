package local

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// certificateFile keeps the certificate of the door for https, below the module's folder, so that a browser that was
// told to accept it accepts it the next time.
const certificateFile = ".build/local/https.pem"

// certified is how long a certificate is valid: browsers want less than 398 days.
const certified = 90 * 24 * time.Hour

// paying is where the payment provider's page is for those who come by https, from whatever device.
const paying = "/foyer/test-provider"

// secure opens the front door for https as well: on localhost only, or for the network, by the address to listen on.
func (c *Cloud) secure(o Options) error {
	if o.Secure == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(o.Secure)
	if err != nil {
		return fmt.Errorf("the address for https: %w", err)
	}
	certificate, err := certificate(filepath.Join(o.Root, certificateFile), names(), time.Now())
	if err != nil {
		return err
	}
	l, err := listen(o.Secure)
	if err != nil {
		return fmt.Errorf("https: %w", err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c.Secure = []string{"https://localhost:" + port}
	if ip := net.ParseIP(host); ip != nil && !ip.IsLoopback() {
		c.Secure = nil
		for _, name := range names() {
			if at := net.ParseIP(name); at != nil && !at.IsLoopback() && (ip.IsUnspecified() || ip.Equal(at)) {
				c.Secure = append(c.Secure, "https://"+net.JoinHostPort(name, port))
			}
		}
	}
	c.serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}}), http.HandlerFunc(c.overTLS))
	return nil
}

// overTLS answers as the front door does. The addresses of this machine in Foyer's own answers, which another device
// can't reach, become those by which the viewer came.
func (c *Cloud) overTLS(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		c.CDN.ServeHTTP(w, r)
		return
	}
	here := "https://" + r.Host
	addresses := strings.NewReplacer(c.inside.Address+"/pay/", here+paying+"/pay/", c.URL, here)
	v := &viewed{ResponseWriter: w, addresses: addresses}
	defer v.end()
	if strings.HasPrefix(r.URL.Path, paying+"/pay/") {
		http.StripPrefix(paying, c.Provider).ServeHTTP(v, r)
		return
	}
	c.CDN.ServeHTTP(v, r)
}

// viewed is an answer on its way to a viewer who comes by https.
type viewed struct {
	http.ResponseWriter
	addresses *strings.Replacer
	begun     bool
	status    int
	body      *bytes.Buffer // what is still to be changed; nil: nothing
}

func (v *viewed) WriteHeader(status int) {
	if status < http.StatusOK { // the answer is still to come
		v.ResponseWriter.WriteHeader(status)
		return
	}
	if v.begun {
		return
	}
	v.begun, v.status = true, status
	h := v.Header()
	h.Del("Strict-Transport-Security") // it would keep the browser from all that this machine serves by http
	if to := h.Get("Location"); to != "" {
		h.Set("Location", v.addresses.Replace(to))
	}
	kind := h.Get("Content-Type")
	if strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "text/html") && h.Get("ETag") == "" {
		v.body = &bytes.Buffer{}
		return
	}
	v.ResponseWriter.WriteHeader(status)
}

func (v *viewed) Write(p []byte) (int, error) {
	v.WriteHeader(http.StatusOK)
	if v.body != nil {
		return v.body.Write(p)
	}
	return v.ResponseWriter.Write(p)
}

func (v *viewed) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// end sends what was kept back.
func (v *viewed) end() {
	if v.body == nil {
		return
	}
	v.Header().Del("Content-Length")
	v.ResponseWriter.WriteHeader(v.status)
	_, _ = v.addresses.WriteString(v.ResponseWriter, v.body.String())
}

// names are the names and addresses by which this machine is reached: not those of IPv6, many of which change daily, as
// each change would ask for another certificate.
func names() []string {
	all := []string{"localhost"}
	addresses, _ := net.InterfaceAddrs() // without them, localhost is left
	for _, address := range addresses {
		if at, ok := address.(*net.IPNet); ok && at.IP.To4() != nil && !at.IP.IsLinkLocalUnicast() {
			all = append(all, at.IP.String())
		}
	}
	return all
}

// certificate returns the one in the file. If it is about to end, or lacks a name, a new one takes its place.
func certificate(file string, names []string, now time.Time) (tls.Certificate, error) {
	if kept, err := tls.LoadX509KeyPair(file, file); err == nil {
		missing := func(name string) bool { return kept.Leaf.VerifyHostname(name) != nil }
		if kept.Leaf.NotAfter.After(now.Add(7*24*time.Hour)) && !slices.ContainsFunc(names, missing) {
			return kept, nil
		}
	}
	made, err := newCertificate(names, now)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return tls.Certificate{}, err
	}
	if err := os.WriteFile(file, made, 0o600); err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(made, made)
}

// newCertificate returns a key and a certificate that it signed itself, in PEM.
func newCertificate(names []string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	made := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: "Foyer on this machine"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certified),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			made.IPAddresses = append(made.IPAddresses, ip)
		} else {
			made.DNSNames = append(made.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, made, made, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return slices.Concat(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	), nil
}
