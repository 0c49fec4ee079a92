/** What `nimbus --help` says. */
import {MEANINGS} from './errors.js';

export const HELP = `nimbus: better copy for the pages of a built site

  nimbus init [dir]     check a key (pasted, piped, --key or NIMBUS_API_KEY) and write nimbus.config.json
  nimbus doctor [dir]   look at everything that push and apply need
  nimbus push [dir]     upload the HTML files that are new or changed as a new batch
  nimbus estimate [dir] upload them, and say what the batch will cost; push then submits it
  nimbus status         how the last batch stands (--for: exit as \`wait\` would right now)
  nimbus wait           wait until the last batch is final (--for review: until nothing waits for a person)
  nimbus review         open the review in the browser, or print its address
  nimbus pull [dir]     download the approved texts, and write nimbus.lock for the pages of the folder
  nimbus apply [dir]    download them and write them into the pages, byte for byte, and nimbus.lock
  nimbus undo [dir]     give the applied pages their bytes from before

  --project, --key, --url   else from nimbus.config.json, NIMBUS_PROJECT, NIMBUS_API_KEY, NIMBUS_URL, or .nimbus/
  --tier, --lane, --label   of the batch (push, estimate)
  --base                    the path the site lives under (default /)
  --only <pattern>          these pages alone, such as 'blog/**' (again and again; push, estimate, apply, undo)
  --all                     send unchanged pages too (push, estimate)
  --frozen                  apply: from nimbus.lock, offline, and fail on drift; pull: fail where nimbus.lock is not what the server has
  --batch                   another batch than the last (wait, status, review)
  --for, --timeout          what to wait for, and how many seconds
  --ca <file>               further certificates to trust, as PEM
  --parallel <n>            chunks on their way at once (default 4)
  --strict                  exit with 8 when something was left out or skipped (push, apply, undo)
  --dry-run                 change nothing
  --json                    print one JSON object
  --verbose                 print one line a page
  --help, --version

Exit codes:
${MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n')}
`;
