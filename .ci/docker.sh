# A Docker daemon of our own for as long as the script that sources this runs: docker_start, docker_stop.
#
# It shares nothing with a daemon that the machine may have: own folders, own socket. The network can't be its own,
# so what it does to the bridge and to the packet filter is undone by docker_stop, to the state found before.

docker_dir=

# docker_start starts the daemon with its data in the folder given, and exports DOCKER_HOST.
docker_start() {
	docker_dir=$1
	mkdir -p "$docker_dir/before"
	docker_forward=$(cat /proc/sys/net/ipv4/ip_forward)
	docker_bridge=$(test -e /sys/class/net/docker0 && echo there || true)
	iptables-save >"$docker_dir/before/iptables" 2>/dev/null
	rm -f "$docker_dir/pid" "$docker_dir/socket"
	dockerd --data-root "$docker_dir/data" --exec-root "$docker_dir/exec" --pidfile "$docker_dir/pid" \
		-H "unix://$docker_dir/socket" </dev/null >"$docker_dir/log" 2>&1 &
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
	echo "dockerd does not start, its last words:" >&2
	tail -n 20 "$docker_dir/log" >&2
	return 1
}

# docker_stop ends the containers and the daemon, and undoes what it did to the network.
docker_stop() {
	if [ -z "$docker_dir" ]; then
		return 0
	fi
	local left
	left=$(docker ps -q 2>/dev/null || true)
	if [ -n "$left" ]; then
		docker kill $left >/dev/null 2>&1 || true
	fi
	kill -TERM "$docker_pid" 2>/dev/null || true
	wait "$docker_pid" 2>/dev/null || true
	if [ -z "$docker_bridge" ]; then
		ip link delete docker0 2>/dev/null || true
	fi
	iptables-restore <"$docker_dir/before/iptables" 2>/dev/null || true
	echo "$docker_forward" >/proc/sys/net/ipv4/ip_forward || true
	docker_dir=
}
