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

// A crowd is a weapon. It is pointed at this machine, or at the host of a deployment that is there to be rehearsed on:
// by name and again by every address that it dials.

// frontDoor reads the URL of a page behind the door, on this machine or at the host.
func frontDoor(raw, host string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("crowd: %w", err)
	}
	if host != "" {
		if u.Scheme != "https" || u.Host != host || u.User != nil {
			return nil, fmt.Errorf("crowd: %q is not https://%s", raw, host)
		}
		return u, nil
	}
	if u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("crowd: %q is not an http:// address", raw)
	}
	name := u.Hostname()
	if ip := net.ParseIP(name); name != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("crowd: %q is not this machine; a crowd goes to loopback addresses only", name)
	}
	return u, nil
}

// dialer connects to the host, or without one to loopback addresses, and to nothing else, whatever a redirect or a
// resolver says.
func dialer(host string) func(ctx context.Context, network, address string) (net.Conn, error) {
	if host != "" {
		d := net.Dialer{Timeout: 10 * time.Second}
		return func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != net.JoinHostPort(host, "443") {
				return nil, fmt.Errorf("crowd: %s is not %s", address, host)
			}
			return d.DialContext(ctx, network, address)
		}
	}
	d := net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !at.Addr().IsLoopback() {
			return fmt.Errorf("crowd: %s is not a loopback address", address)
		}
		return nil
	}}
	return d.DialContext
}

// conns returns how many connections the requests of all visitors share; sockets come on top. To a host it takes many
// more than within this machine, or a crowd would queue for its own connections.
func conns(host string) int {
	if host != "" {
		return 1024
	}
	return 64
}

func transport(host string) *http.Transport {
	return &http.Transport{
		DialContext: dialer(host), MaxConnsPerHost: conns(host), MaxIdleConnsPerHost: conns(host),
		IdleConnTimeout: 30 * time.Second, ResponseHeaderTimeout: 40 * time.Second,
	}
}

// socketTransport opens one connection for each socket.
func socketTransport(host string) *http.Transport {
	return &http.Transport{DialContext: dialer(host), DisableKeepAlives: true, ResponseHeaderTimeout: 20 * time.Second,
		ReadBufferSize: 1024, WriteBufferSize: 1024}
}
