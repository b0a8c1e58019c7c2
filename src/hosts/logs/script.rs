//! What runs at the other end.
//!
//! A command without a terminal goes on at the host when the connection ends, until it writes: `docker logs --follow` of
//! a container that writes nothing would stay for ever. So each runs in a session of its own, with a guard that reads
//! standard input: that is open for as long as somebody follows, and its end is the end of the command.

use crate::model::log::feed::Followed;
use crate::model::log::line::Millis;
use crate::ssh::Command;

/// Runs `$1` with the shell, until it ends or nobody follows.
const GUARDED: &str = r#"
exec 3<&0
own_session=
command -v setsid >/dev/null 2>&1 && own_session=setsid
$own_session sh -c "$1" quarterdeck "$2" "$3" "$4" 3<&- </dev/null & own=$!
{ cat <&3; kill -- "-$own" || kill "$own"; } >/dev/null 2>&1 & guard=$!
wait "$own"; code=$?
kill "$guard" 2>/dev/null
exit "$code"
"#;

/// The logs of the containers that are an app's: `$1` is its folder, `$2` the moment from which on, in seconds since
/// 1970, `$3` is empty where they are not to be followed.
///
/// Each line is a container's name, a tab, and what docker tells: the time and the text. A container that is started
/// again, or anew, is followed again. The name is docker's, in which nothing stands that `sed` would obey.
const CONTAINERS: &str = r#"
LC_ALL=C; export LC_ALL
folder=$(cd "$1" 2>/dev/null && pwd -P) || { echo "there is no folder $1" >&2; exit 3; }
tab=$(printf '\t'); unbuffered=
echo | sed -u p >/dev/null 2>&1 && unbuffered=-u
stamp() { date +%s.%N 2>/dev/null | grep -E '^[0-9]+\.[0-9]+$' || date +%s; }
tell() {
  from=$3
  while :; do
    docker logs --timestamps --since "$from" ${4:+--follow} "$1" 2>&1 | sed $unbuffered "s/^/$2$tab/"
    [ -n "$4" ] || return
    from=$(stamp)
    sleep 2
    docker inspect --format x "$1" >/dev/null 2>&1 || return
  done
}
known=' '; from=$2
while :; do
  told=$(docker ps -a --no-trunc --format '{{.ID}}\t{{.Names}}\t{{.Label "com.docker.compose.project.working_dir"}}' 2>&1) ||
    { printf '%s\n' "$told" | tail -n 1 >&2; exit 4; }
  while IFS=$tab read -r id name place; do
    case $place in "$folder" | "$folder"/*) ;; *) continue ;; esac
    case $known in *" $id "*) continue ;; esac
    case $name in *[!A-Za-z0-9_.-]*) continue ;; esac
    known="$known$id "
    tell "$id" "$name" "$from" "$3" &
  done <<EOT
$told
EOT
  [ "$known" != ' ' ] || { echo "no container was started from $folder" >&2; exit 5; }
  [ -n "$3" ] || break
  sleep 5
done
wait
"#;

/// The command that is run for what is followed, from a moment on.
pub(super) fn command(what: &Followed, since: Millis, goes_on: bool) -> Command {
    let seconds = since.0.div_euclid(1_000).max(0).to_string();
    match what {
        Followed::Containers(folder) => {
            Command::script(GUARDED).arg(CONTAINERS).arg(folder).arg(&seconds).arg(if goes_on { "follow" } else { "" })
        }
        Followed::Line(line) => Command::script(GUARDED).arg(&line.replace(SINCE, &seconds)),
    }
}

/// What stands in a command line for the moment from which on lines are wanted.
pub(super) const SINCE: &str = "{since}";
