package sam

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
)

const bridgeFormat = `{{index .Options "com.docker.network.bridge.name"}} {{(index .IPAM.Config 0).Gateway}}`

// bridge is this machine's address as containers see it. Where the bridge was made by this very daemon, some versions
// don't name its address, and it is asked for at the interface.
func bridge(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "docker", "network", "inspect", "bridge", "--format",
		bridgeFormat).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("samtest: docker network inspect: %w: %s", err, out)
	}
	name, gateway, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if ip := net.ParseIP(gateway); ip != nil {
		return gateway, nil
	}
	return addressOf(name)
}

// addressOf is the IPv4 address of one of this machine's interfaces.
func addressOf(name string) (string, error) {
	device, err := net.InterfaceByName(name)
	if err != nil {
		return "", fmt.Errorf("samtest: Docker's bridge %q: %w", name, err)
	}
	addresses, err := device.Addrs()
	if err != nil {
		return "", fmt.Errorf("samtest: Docker's bridge %q: %w", name, err)
	}
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok && network.IP.To4() != nil {
			return network.IP.String(), nil
		}
	}
	return "", fmt.Errorf("samtest: Docker's bridge %q has no address", name)
}
