# A trial of /parallax.deb in a bare Debian, run by `cargo xtask package --test` as root of that system.
set -euo pipefail

step() { echo "trial: $*"; }
fail() { echo "trial: FAILED: $*" >&2; exit 1; }
# As the person who uses the program.
ada() { runuser -u ada -- env HOME=/home/ada XDG_RUNTIME_DIR=/run/ada "$@"; }
# All files, but for those of apt, dpkg, caches, logs, and the person; and the content of what lists programs and types.
files() {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /home -o -path /var/cache \
        -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/log \) -prune -o -print | sort
    md5sum /usr/share/mime/mime.cache /usr/share/applications/mimeinfo.cache 2>/dev/null || true
}

mount -t proc proc /proc
mount -t tmpfs tmpfs /dev/shm
export DEBIAN_FRONTEND=noninteractive
useradd --create-home ada
install -d -o ada -m 700 /run/ada
install -o ada /tour.ron /home/ada/tour.ron
cd /home/ada
apt-get update --quiet=2
files >/tmp/before

step "install"
apt-get install --quiet=2 --yes /parallax.deb >/tmp/install.log 2>&1 || { cat /tmp/install.log; fail "it cannot be installed"; }

step "program, manual, completions"
ada parallax --version | grep "^parallax [0-9]" >/dev/null || fail "no version"
for page in parallax parallax-render parallax-tour-pack; do
    ada man --pager=cat "$page" | grep "^NAME" >/dev/null || fail "no manual page $page"
done
bash -c 'source /usr/share/bash-completion/bash_completion; _completion_loader parallax; complete -p parallax' >/dev/null \
    || fail "no completion"
ada parallax doctor | tee /tmp/doctor.txt
grep -q "^Drawing .*llvmpipe" /tmp/doctor.txt || fail "the processor does not draw"

step "a picture"
ada parallax render --out digits.png --size 1000x700 --panels
[[ $(stat -c %s digits.png) -gt 50000 ]] || fail "the picture is small"

step "types of files"
ada parallax tour pack tour.ron --out words.parallax >/dev/null
for pair in "words.parallax application/x-parallax" "tour.ron application/x-parallax-tour"; do
    read -r file type <<<"$pair"
    ada gio info --attributes=standard::content-type "$file" | grep -q "content-type: $type$" || fail "$file is no $type"
    [[ $(ada xdg-mime query default "$type") == parallax.desktop ]] || fail "$type has no program"
done

step "a double click on each"
Xvfb :7 -screen 0 1280x800x24 -nolisten tcp >/dev/null 2>&1 &
export DISPLAY=:7
for try in $(seq 50); do [[ -e /tmp/.X11-unix/X7 ]] && break; sleep 0.2; done
ada parallax doctor | grep "^Display"
if ada parallax doctor --json | grep '"needed_for"' | grep -v headsets; then fail "the package lacks a dependency"; fi
for file in words.parallax tour.ron; do
    ada gio open "$file"
    window=$(timeout 120 xdotool search --sync --onlyvisible --class parallax | head -1) || fail "no window opens for $file"
    for try in $(seq 100); do
        title=$(xdotool getwindowname "$window")
        [[ $title == *" - Parallax" ]] && break
        sleep 0.5
    done
    echo "trial: $file: $title"
    [[ $title == *" - Parallax" ]] || fail "$file does not open"
    pkill -x parallax
    for try in $(seq 50); do pgrep -x parallax >/dev/null || break; sleep 0.2; done
done

step "remove"
# What came with it goes, too, also if another package recommends it.
apt-get -o APT::AutoRemove::RecommendsImportant=false -o APT::AutoRemove::SuggestsImportant=false \
    purge --quiet=2 --yes --auto-remove parallax >/tmp/purge.log 2>&1 || { cat /tmp/purge.log; fail "it cannot be removed"; }
files >/tmp/after
diff /tmp/before /tmp/after || fail "it leaves traces"
step "passed; in the home folder: $(cd /home/ada && find .config .local .cache -path '*arallax*' 2>/dev/null | tr '\n' ' ')"
