import {words} from "./words.js";

// Says when the stream is lost and when it is back; the page itself keeps asking slowly meanwhile.
function tell(text, isBusy) {
	const sign = document.querySelector("[data-live-sign]");
	if (sign) {
		sign.textContent = text;
		sign.classList.toggle("status--busy", isBusy);
		sign.classList.toggle("status--waiting", !isBusy);
	}
}

let announced = -1;

// A screen reader hears every tenth of the way, not every tick.
function announce() {
	const bar = document.querySelector("[data-percent]");
	const spoken = document.querySelector("[data-announce]");
	const tenth = bar ? Math.floor(Number(bar.dataset.percent) / 10) : -1;
	if (spoken && tenth !== announced) {
		if (announced !== -1) {
			spoken.textContent = words("percent-done", {percent: tenth * 10});
		}
		announced = tenth;
	}
}

addEventListener("htmx:sse:after:connection", () => tell(words("live"), true));
addEventListener("htmx:sse:after:message", announce);
addEventListener("htmx:sse:error", () => tell(words("live-lost"), false));
addEventListener("finished", () => location.reload());
