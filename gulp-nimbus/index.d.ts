/** Better copy for the pages of a built site: upload them, wait, and write the approved text back. */

/** Options of every task; what is not given comes from `nimbus.config.json`, then from the environment. */
export interface NimbusOptions {
	/** The API key; keep it in `NIMBUS_API_KEY`. */
	key?: string;
	/** Needed only with a key of the whole organization. */
	project?: string;
	/** Where Nimbus is, such as `https://nimbus.example.com`. */
	url?: string;
	/** The folder of the repository, where `nimbus.config.json`, `nimbus.lock` and `.nimbus/` are. */
	cwd?: string;
	/** The path that the site lives under. */
	base?: string;
	/** Of the pages, where they do not say it. */
	encoding?: string;
	/** Patterns of the pages that are meant, such as `blog/**`. */
	only?: string | string[];
	/** A PEM file of further certificates to trust. */
	ca?: string;
	/** Change nothing. */
	dryRun?: boolean;
	/** One line a page. */
	verbose?: boolean;
	/** Takes the summary instead of the console. */
	log?: (line: string) => void;
	/** Ends the task in order. */
	signal?: AbortSignal;
	/** Takes the place of Node's HTTP. */
	transport?: typeof fetch;
}

export type Tier = 'meta' | 'above-fold' | 'full';

/** The first rule that names a dimension decides. */
export type DimensionRule =
	| {type: 'url' | 'regex'; pattern: string}
	| {type: 'data'; attribute: string; name: string}
	| {type: 'meta'; meta: string; name: string}
	| {type: 'map'; file: string}
	| {type: 'map'; pages: Record<string, Record<string, string | number | string[]>>};

export interface UploadOptions extends NimbusOptions {
	tier?: Tier;
	lane?: 'live' | 'economy';
	label?: string;
	dimensions?: DimensionRule[];
	/** Send the page too, so that the dashboard can show it. */
	sourceHtml?: boolean;
	/** Send unchanged pages too. */
	all?: boolean;
	/** Chunks on their way at once. */
	parallel?: number;
}

export interface ApplyOptions extends NimbusOptions {
	/** Take the texts of `nimbus.lock`, offline, and fail where the build does not fit it. */
	frozen?: boolean;
	/** Whether `nimbus.lock` is written. */
	lock?: boolean;
}

export interface WaitOptions extends NimbusOptions {
	/** `results`: until the batch is final; `review`: until nothing waits for a person either. */
	for?: 'results' | 'review';
	/** Seconds. */
	timeout?: number;
	/** Another batch than that of the last upload. */
	batch?: string;
}

export interface UploadResult {
	pages: number;
	accepted: number;
	replaced: number;
	/** Of the accepted: those that an interrupted upload had sent. */
	resumed: number;
	/** As they were at the last upload, so not sent. */
	unchanged: number;
	/** How many pages are in `rejected` and `skipped`, which name 1,000 each at most. */
	left_out: number;
	rejected: {source_path: string; code: string; field?: string; reason: string}[];
	skipped: {source_path: string; reason: string}[];
	batch_id: string | null;
	dashboard_url: string | null;
}

export interface ApplyResult {
	pages: number;
	changed: number;
	unchanged: number;
	without_result: number;
	/** Approved texts that are in place. */
	texts: number;
	/** How many texts are in `skipped`, which names 1,000 at most. */
	left_out: number;
	skipped: {source_path: string; target: string; reason: string}[];
}

export interface Batch {
	batch_id: string;
	project_id: string;
	status: 'uploading' | 'queued' | 'processing' | 'paused' | 'completed' | 'failed' | 'cancelled';
	pause_reason: string | null;
	tier: Tier;
	lane: 'live' | 'economy';
	label: string;
	page_count: number;
	summary: {completed: number; failed: number; pending: number; skipped: number; cancelled: number; average_time_ms: number | null};
	review: {changes: number; pending: number; approved: number; rejected: number; held: number};
	model: string | null;
	cost_usd: string | number | null;
	dashboard_url: string;
	[more: string]: unknown;
}

/** What a task throws; `exit` is the code that the command line exits with. */
export interface NimbusError extends Error {
	code: string;
	exit: number;
	status?: number;
	data?: Record<string, unknown>;
}

/** Upload a folder as a new batch. */
export function upload(options: UploadOptions & {dir: string}): Promise<UploadResult>;
/** Upload the pages that go through, unchanged. */
export function upload(options?: UploadOptions): NodeJS.ReadWriteStream;

/** Write the approved texts into a folder. */
export function apply(options: ApplyOptions & {dir: string}): Promise<ApplyResult>;
/** Write the approved texts into the pages that go through. */
export function apply(options?: ApplyOptions): NodeJS.ReadWriteStream;

/** Wait for the batch of the last upload. */
export function wait(options?: WaitOptions): Promise<Batch>;

declare const nimbus: {upload: typeof upload; wait: typeof wait; apply: typeof apply};
export default nimbus;
