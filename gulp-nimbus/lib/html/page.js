/** One page: its head, its blocks and the extraction the wire carries. */
import {exportBlock, identify, markFold, sha256} from './blocks.js';
import {Refuse} from './encoding.js';
import {Source} from './source.js';
import {Tokenizer} from './tokenizer.js';
import {Walk} from './walk.js';

// One unit in this many being NUL means that this is no text.
const NUL_SHARE = 100;

export class Page {
	/**
	 * @param {Buffer} data
	 * @param {string | null} [encoding] when it is known better than the page says
	 * @throws {Refuse} when this is no page to work on
	 */
	constructor(data, encoding = null) {
		this.source = new Source(data, encoding);
		const {units, start} = this.source;
		if ((units.split('\0').length - 1) * NUL_SHARE > units.length) {
			throw new Refuse('not_html');
		}
		const tokenizer = new Tokenizer(units, start);
		this.tokens = [...tokenizer];
		if (!this.tokens.some(token => token.kind === 'start')) {
			throw new Refuse('not_html');
		}
		const walk = new Walk(this.source, this.tokens);
		this.head = walk.head;
		this.mainSelector = walk.mainSelector;
		this.blocks = walk.blocks;
		this.warnings = [...this.source.warnings];
		if (walk.undecodable) {
			this.warnings.push('undecodable_blocks');
		}
		if (tokenizer.ambiguous) {
			// Where browsers may see other tags than we do, only the head is safe to edit.
			this.warnings.push('ambiguous');
			this.blocks = [];
			this.head.keepEarly();
		}
		identify(this.blocks);
		markFold(this.blocks);
		const head = this.head.values();
		if (!this.blocks.length && !head.title && !head.metaDescription) {
			throw new Refuse('no_text');
		}
	}

	/** What the page offers, in the shape PageData carries. */
	extraction() {
		return {
			engine: 'html',
			encoding: this.source.encoding,
			page_hash: sha256(this.source.data),
			main_selector: this.mainSelector,
			head: this.head.values(),
			above_fold_blocks: this.blocks.filter(block => block.aboveFold).map(block => exportBlock(block, this.source)),
			rest_of_page_blocks: this.blocks.filter(block => !block.aboveFold).map(block => exportBlock(block, this.source)),
			selector_map: Object.fromEntries(this.blocks.map(block => [block.id, block.path])),
			warnings: this.warnings,
		};
	}
}
