// The reader sees the time of the zone that was chosen in the account, else of this device; the title is exact.
const timeZone = document.documentElement.dataset.zone || undefined;
const format = options => new Intl.DateTimeFormat(undefined, {timeZone, ...options});
const clock = format({hour: "2-digit", minute: "2-digit", hour12: false});
const seconds = format({hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false});
const day = format({day: "numeric", month: "short"});
const dayOfYear = format({day: "numeric", month: "short", year: "numeric"});
const exact = format({dateStyle: "full", timeStyle: "long"});

function words(element) {
	const at = new Date(element.dateTime);
	const now = new Date();
	const {time} = element.dataset;
	const ofDay = time ? seconds.format(at) : clock.format(at);
	if (time === "seconds" || dayOfYear.format(at) === dayOfYear.format(now)) {
		return ofDay;
	}
	return `${(at.getFullYear() === now.getFullYear() ? day : dayOfYear).format(at)}, ${ofDay}`;
}

export function localise(root = document) {
	for (const element of root.querySelectorAll("time[datetime]")) {
		const text = words(element);
		// A text node that stays the same is left alone, so that a selection in it survives.
		if (element.textContent !== text) {
			element.textContent = text;
		}
		element.title ||= exact.format(new Date(element.dateTime));
	}
}

localise();
addEventListener("htmx:after:swap", () => localise());
