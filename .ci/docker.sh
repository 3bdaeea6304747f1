# Runs a Docker daemon of our own while the script that sources this runs: docker_start, docker_stop.
#
# It shares no folder, no socket and no bridge with a daemon that the machine may have, or that was killed and left
# namespaces with addresses behind. The packet filter is shared, so docker_stop restores it to its former state.

docker_dir=
docker_pid=
docker_bridge=foyer0
docker_network=172.30.215.1/24

# docker_start starts the daemon with all its files in the folder given, which is removed at the end, and exports
# DOCKER_HOST.
docker_start() {
	if [ "$(id -u)" != 0 ]; then
		echo "Docker's daemon needs root: start one, or run this as root" >&2
		return 1
	fi
	docker_dir=$1
	docker_forward=$(cat /proc/sys/net/ipv4/ip_forward)
	docker_filter >"$docker_dir/filter"
	docker_unbridge
	ip link add name "$docker_bridge" type bridge
	ip address add "$docker_network" dev "$docker_bridge"
	ip link set "$docker_bridge" up
	dockerd --bridge "$docker_bridge" --data-root "$docker_dir/data" --exec-root "$docker_dir/exec" --pidfile "$docker_dir/pid" \
		-H "unix://$docker_dir/socket" >"$docker_dir/log" 2>&1 &
	docker_pid=$!
	export DOCKER_HOST="unix://$docker_dir/socket"
	for _ in $(seq 150); do
		if docker version >/dev/null 2>&1; then
			return 0
		fi
		if ! kill -0 "$docker_pid" 2>/dev/null; then
			break
		fi
		sleep 0.2
	done
	echo "Docker's daemon does not start, its last words:" >&2
	tail -n 20 "$docker_dir/log" >&2
	return 1
}

# docker_unbridge removes the bridge and what is still plugged into it.
docker_unbridge() {
	local link
	for link in "/sys/class/net/$docker_bridge/brif/"*; do
		ip link delete "${link##*/}" 2>/dev/null || true
	done
	ip link delete "$docker_bridge" 2>/dev/null || true
}

# docker_filter prints the packet filter's rules so that restoring them empties the tables that Docker uses, even
# those that were never used before and which iptables-save leaves out.
docker_filter() {
	local rules
	rules=$(iptables-save 2>/dev/null || true)
	printf '%s\n' "$rules"
	if ! grep -q '^\*filter' <<<"$rules"; then
		printf '%s\n' '*filter' ':INPUT ACCEPT [0:0]' ':FORWARD ACCEPT [0:0]' ':OUTPUT ACCEPT [0:0]' COMMIT
	fi
	if ! grep -q '^\*nat' <<<"$rules"; then
		printf '%s\n' '*nat' ':PREROUTING ACCEPT [0:0]' ':INPUT ACCEPT [0:0]' ':OUTPUT ACCEPT [0:0]' ':POSTROUTING ACCEPT [0:0]' COMMIT
	fi
}

# docker_stop ends the containers and the daemon, undoes what it did to the network and removes its folder. It does
# nothing if no daemon was started.
docker_stop() {
	if [ -z "$docker_dir" ]; then
		return 0
	fi
	if [ -n "$docker_pid" ]; then
		docker ps -aq 2>/dev/null | xargs -r docker rm --force >/dev/null 2>&1 || true
		kill -TERM "$docker_pid" 2>/dev/null || true
		wait "$docker_pid" 2>/dev/null || true
	fi
	docker_unbridge
	iptables-restore <"$docker_dir/filter" || true
	echo "$docker_forward" >/proc/sys/net/ipv4/ip_forward || true
	umount "$docker_dir/data" 2>/dev/null || true # the daemon mounts it on itself where mounts are private, and may leave it so
	rm -rf "$docker_dir" || true
	docker_dir='' docker_pid=''
}
