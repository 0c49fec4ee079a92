# Read by the scripts beside it: finds any Python 3.9 or newer to run bootstrap.py with, and defines `prepare`.
cd "$(dirname "$0")/.."

prepare() {
	for python in "$NIMBUS_PYTHON" python3 .venv/bin/python python3.13 python3.12 python3.14 python \
		/usr/bin/python3 "$HOME"/.pyenv/versions/3*/bin/python; do
		if [ -n "$python" ] && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
			"$python" script/bootstrap.py "$@"
			return
		fi
	done
	echo "Nimbus needs Python 3.9 or newer to start from. Install Python 3.13: https://www.python.org/downloads/" >&2
	return 1
}
