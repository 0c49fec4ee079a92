"""Asks the public databases about every pinned package, lists licences, writes an SBOM (CycloneDX).

The tools live in an environment of their own under var/audit. The last line is one JSON object; the exit code
is 1 where a weakness is known.
"""

import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "var" / "audit"
TOOLS = ("pip-audit==2.10.1", "cyclonedx-bom==7.5.0", "pip-licenses==5.5.5")


def main() -> int:
    tools = PLACE / "tools" / "bin"
    if not (tools / "pip-audit").exists():
        venv.create(PLACE / "tools", with_pip=True)
        run(str(tools / "python"), "-m", "pip", "install", "-q", *TOOLS)
    python = str(ROOT / ".venv" / "bin" / "python")
    figures = {"python": weak_python(tools), "node": weak_node()}
    run(str(tools / "cyclonedx-py"), "environment", python, "-o", str(PLACE / "sbom-python.json"))
    sbom = ("npm", "sbom", "--package-lock-only", "--omit", "dev", "--sbom-format", "cyclonedx")
    run(*sbom, folder=ROOT / "gulp-nimbus", into=PLACE / "sbom-node.json")
    run(str(tools / "pip-licenses"), f"--python={python}", "--format=markdown", into=PLACE / "licences.md")
    figures["licences"] = len((PLACE / "licences.md").read_text().splitlines()) - 2
    print(json.dumps(figures))
    return 1 if figures["python"] or figures["node"] else 0


def weak_python(tools: Path) -> int:
    """How many weaknesses are known in what the product runs with."""
    command = [str(tools / "pip-audit"), "-r", "requirements.txt", "--disable-pip", "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    found = [package for package in json.loads(done.stdout)["dependencies"] if package.get("vulns")]
    for package in found:
        print(package["name"], package["version"], *(weakness["id"] for weakness in package["vulns"]))
    return sum(len(package["vulns"]) for package in found)


def weak_node() -> int:
    command = ["npm", "audit", "--json", "--omit", "dev"]
    done = subprocess.run(command, cwd=ROOT / "gulp-nimbus", stdout=subprocess.PIPE, text=True)
    return int(json.loads(done.stdout)["metadata"]["vulnerabilities"]["total"])


def run(*command: str, folder: Path = ROOT, into: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    if into:
        into.write_text(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
