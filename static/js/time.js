// The server writes UTC; the reader sees local time, and the exact moment in the title.
const clock = new Intl.DateTimeFormat(undefined, {hour: "2-digit", minute: "2-digit", hour12: false});
const seconds = new Intl.DateTimeFormat(undefined, {hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false});
const day = new Intl.DateTimeFormat(undefined, {day: "numeric", month: "short"});
const exact = new Intl.DateTimeFormat(undefined, {dateStyle: "full", timeStyle: "long"});

function words(element) {
	const at = new Date(element.dateTime);
	if (element.dataset.time === "seconds") {
		return seconds.format(at);
	}
	const isToday = at.toDateString() === new Date().toDateString();
	return isToday ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
}

export function localise(root = document) {
	for (const element of root.querySelectorAll("time[datetime]")) {
		const text = words(element);
		// A text node that stays the same is left alone, so that a selection in it survives.
		if (element.textContent !== text) {
			element.textContent = text;
			element.title = exact.format(new Date(element.dateTime));
		}
	}
}

localise();
addEventListener("htmx:after:swap", () => localise());
