// Who else is at this review; what they decided shows here without touching what one types.
import htmx from "../vendor/htmx.esm.min.js";

const EVERY_MS = 8000;
const sign = document.querySelector("[data-here]");

function question() {
	const shown = [...document.querySelectorAll("[data-item][data-version]")];
	const asked = new URLSearchParams(shown.map(item => ["at", `${item.id.slice("change-".length)}:${item.dataset.version}`]));
	asked.set("place", sign.dataset.place);
	if (sign.dataset.listKind) {
		asked.set("list", sign.dataset.listKind);
	}
	return `${sign.dataset.here}?${asked}`;
}

function renew(fresh) {
	const old = document.getElementById(fresh.id);
	// An edit that is being written stays; when it is sent, the server tells what happened meanwhile.
	if (!old || old.hasAttribute("data-editing")) {
		return;
	}
	if (old.hasAttribute("aria-current")) {
		fresh.setAttribute("aria-current", "true");
	}
	old.replaceWith(fresh);
	htmx.process(fresh);
}

async function ask() {
	if (document.hidden) {
		return;
	}
	try {
		const answer = await fetch(question(), {headers: {"HX-Request": "true"}});
		if (!answer.ok) {
			return;
		}
		const told = new DOMParser().parseFromString(await answer.text(), "text/html");
		sign.replaceChildren(...told.getElementById("here").childNodes);
		document.getElementById("decided").textContent = told.getElementById("decided").textContent;
		told.querySelectorAll("[data-item]").forEach(item => renew(document.adoptNode(item)));
	} catch {
		// The next question comes soon.
	}
}

if (sign) {
	ask();
	setInterval(ask, EVERY_MS);
}
