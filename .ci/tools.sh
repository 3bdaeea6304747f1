# Installs what a bare Debian machine lacks: install_packages, install_tools. The script run sources this.
#
# Tools that aren't Debian packages go into the user's cache, each version in its own folder, with links in bin, which
# is put on PATH. A folder counts only once it is complete. schemathesis.txt is made of "schemathesis==<version>" by
# uv pip compile --universal --generate-hashes --no-annotate, typescript/package-lock.json by npm.

readonly sam_version=1.170.0 ministack_version=1.5.33 cfn_lint_version=1.51.0 cdk_version=2.1148.1 stripe_mock_version=v0.203.0
readonly schemathesis_version=4.32.5 typescript_version=5.9.3
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/foyer
ci=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly ci

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

have() { command -v "$1" >/dev/null; }

# is_static reports whether a program needs no library.
is_static() { have "$1" && ! ldd "$(command -v "$1")" >/dev/null 2>&1; }

# install_packages installs Debian's packages.
install_packages() {
	local packages=()
	have chromium || packages+=(chromium)
	have njs || packages+=(njs)
	have php || packages+=(php-cli)
	have nginx || packages+=(nginx-light)
	[ -e /usr/lib/nginx/modules/ngx_http_js_module.so ] || packages+=(libnginx-mod-http-js)
	have make || packages+=(make)
	have gcc || packages+=(gcc libc6-dev)
	have curl || packages+=(curl ca-certificates)
	have jq || packages+=(jq)
	[ -n "$(fc-list 2>/dev/null | grep -i dejavu)" ] || packages+=(fontconfig fonts-dejavu-core)
	python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3 python3-venv)
	if ! have dockerd || ! have docker; then packages+=(docker.io); fi
	have iptables || packages+=(iptables)
	have ip || packages+=(iproute2)
	is_static busybox || packages+=(busybox-static)
	if [ "${#packages[@]}" = 0 ]; then
		return 0
	fi
	echo "installing ${packages[*]}"
	as_root apt-get update -qq
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null
}

# install_tools installs the tools that Debian doesn't have, and puts them on PATH.
install_tools() {
	mkdir -p "$cache/bin"
	once "$cache/sam-$sam_version" in_venv "aws-sam-cli==$sam_version"
	once "$cache/ministack-$ministack_version" in_venv "ministack==$ministack_version" cryptography
	once "$cache/cfn-lint-$cfn_lint_version" in_venv "cfn-lint==$cfn_lint_version"
	once "$cache/schemathesis-$schemathesis_version" in_venv --require-hashes --requirement "$ci/schemathesis.txt"
	once "$cache/apps-1" frameworks
	once "$cache/typescript-$typescript_version" from_lock "$ci/typescript"
	once "$cache/cdk-$cdk_version" in_prefix "aws-cdk@$cdk_version"
	once "$cache/stripe-mock-$stripe_mock_version" by_go "github.com/stripe/stripe-mock@$stripe_mock_version"
	ln -sfn "$cache/sam-$sam_version/bin/sam" "$cache/ministack-$ministack_version/bin/ministack" \
		"$cache/cfn-lint-$cfn_lint_version/bin/cfn-lint" "$cache/schemathesis-$schemathesis_version/bin/schemathesis" \
		"$cache/cdk-$cdk_version/node_modules/.bin/cdk" "$cache/typescript-$typescript_version/node_modules/.bin/tsc" \
		"$cache/stripe-mock-$stripe_mock_version/stripe-mock" "$cache/bin/"
	export PATH=$cache/bin:$PATH
	hash -r
}

# once runs a command with the folder as its first argument, unless it has succeeded for that folder before.
once() {
	local folder=$1 how=$2
	shift 2
	if [ -e "$folder/complete" ]; then
		return 0
	fi
	echo "installing $*"
	rm -rf "$folder"
	"$how" "$folder" "$@"
	touch "$folder/complete"
}

in_venv() {
	local folder=$1
	shift
	python3 -m venv "$folder"
	"$folder/bin/pip" install --quiet --no-input --disable-pip-version-check "$@"
}

# frameworks installs what the applications of infra/test/apps are made with; another version is another folder.
frameworks() {
	in_venv "$1" django==5.2.4 flask==3.1.1
	in_prefix "$1" express@4.21.2 express-session@1.18.1 multer@1.4.5-lts.1 ws@8.18.3
}

in_prefix() {
	local folder=$1
	shift
	npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "$@"
}

# from_lock installs what a lock file names, by its hashes.
from_lock() {
	mkdir -p "$1"
	cp "$2"/package*.json "$1"
	npm ci --prefix "$1" --no-audit --no-fund --loglevel=error
}

by_go() {
	local folder=$1
	shift
	GOBIN=$folder go install "$@"
}
