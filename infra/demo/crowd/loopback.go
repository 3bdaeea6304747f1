package crowd

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// A crowd is a weapon. It is pointed at this machine only, by name and again by every address that it dials.

// frontDoor reads the URL of a page behind the door.
func frontDoor(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("crowd: %w", err)
	}
	if u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("crowd: %q is not an http:// address", raw)
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("crowd: %q is not this machine; a crowd goes to loopback addresses only", host)
	}
	return u, nil
}

// dialer connects to loopback addresses and to nothing else, whatever a redirect or a resolver says.
func dialer() func(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !at.Addr().IsLoopback() {
			return fmt.Errorf("crowd: %s is not a loopback address", address)
		}
		return nil
	}}
	return d.DialContext
}

// Connections that requests of all visitors share; sockets come on top.
const maxConns = 64

func transport() *http.Transport {
	return &http.Transport{
		DialContext: dialer(), MaxConnsPerHost: maxConns, MaxIdleConnsPerHost: maxConns,
		IdleConnTimeout: 30 * time.Second, ResponseHeaderTimeout: 40 * time.Second,
	}
}

// socketTransport opens one connection for each socket.
func socketTransport() *http.Transport {
	return &http.Transport{DialContext: dialer(), DisableKeepAlives: true, ResponseHeaderTimeout: 20 * time.Second,
		ReadBufferSize: 1024, WriteBufferSize: 1024}
}
