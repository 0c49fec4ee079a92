/** One page: its head, its blocks and the extraction the wire carries. */
import {needsTags, readDimensions} from '../dimensions.js';
import {exportBlock, identify, markFold, sha256} from './blocks.js';
import {unescape} from './chars.js';
import {Refuse} from './encoding.js';
import {parseSelector} from './selector.js';
import {Source} from './source.js';
import {NO_TAG} from './tags.js';
import {Tokenizer} from './tokenizer.js';
import {Walk} from './walk.js';

// One unit in this many being NUL means that this is no text.
const NUL_SHARE = 100;

export class Page {
	/**
	 * @param {Buffer} data
	 * @param {string | null} [encoding] when it is known better than the page says
	 * @param {{hero?: string}} [options] `hero`: a selector of what is seen first
	 * @throws {Refuse} when this is no page to work on
	 * @throws {TypeError} for a wrong selector
	 */
	constructor(data, encoding = null, {hero = ''} = {}) {
		/** What the caller knows better than the page. */
		this.encoding = encoding;
		this.source = new Source(data, encoding);
		const {units, start} = this.source;
		if (units.includes('\0') && (units.split('\0').length - 1) * NUL_SHARE > units.length) {
			throw new Refuse('not_html');
		}
		const tokenizer = new Tokenizer(units, start);
		const tokens = tokenizer.all();
		/** Tokens are many and forgotten; this is all that is asked of them later: the tags, and the kinds of the rest. */
		this.marks = tokens.filter(token => token.tag !== NO_TAG).map(token => token.tag);
		this.comments = tokens.filter(token => token.tag === NO_TAG && token.kind !== 'text').map(token => token.kind);
		if (!this.marks.some(tag => tag.kind === 'start')) {
			throw new Refuse('not_html');
		}
		const walk = new Walk(this.source, tokens, parseSelector(hero));
		this.head = walk.head;
		this.mainSelector = walk.mainSelector;
		this.blocks = walk.blocks;
		this.jsonLd = walk.jsonLd;
		this.warnings = [...this.source.warnings];
		if (walk.undecodable) {
			this.warnings.push('undecodable_blocks');
		}
		if (tokenizer.ambiguous) {
			// Where browsers may see other tags than we do, only the head is safe to edit.
			this.warnings.push('ambiguous');
			this.blocks = [];
			this.jsonLd.blocks = [];
			this.head.keepEarly();
		}
		identify(this.blocks);
		identify(this.jsonLd.blocks);
		markFold(this.blocks);
		const head = this.head.values();
		if (!this.blocks.length && !head.title && !head.metaDescription) {
			throw new Refuse('no_text');
		}
	}

	/**
	 * What the page offers, in the shape PageData carries.
	 * @param {{jsonLd?: boolean, rules?: object[], path?: string}} [wishes] `rules` and `path` give its dimensions
	 */
	extraction({jsonLd = false, rules = [], path = ''} = {}) {
		const offered = jsonLd ? [...this.blocks, ...this.jsonLd.blocks] : this.blocks;
		return {
			engine: 'html',
			encoding: this.source.encoding,
			page_hash: sha256(this.source.data),
			main_selector: this.mainSelector,
			head: this.head.values(),
			above_fold_blocks: offered.filter(block => block.aboveFold).map(block => exportBlock(block, this.source)),
			rest_of_page_blocks: offered.filter(block => !block.aboveFold).map(block => exportBlock(block, this.source)),
			selector_map: Object.fromEntries(offered.map(block => [block.id, block.place.path])),
			warnings: jsonLd && this.jsonLd.isBroken ? [...this.warnings, 'invalid_json_ld'] : this.warnings,
			...(rules.length ? {dimensions: readDimensions(rules, path, needsTags(rules) ? this.tags() : [])} : {}),
		};
	}

	/** The start tags as `[name, attributes]` with decoded values, for rules that look into the page. */
	tags() {
		return this.marks.filter(({kind}) => kind === 'start').map(({name, values}) => [
			name,
			Object.fromEntries([...values].map(([key, raw]) => [key, unescape(this.source.textOf(raw) ?? '', true)])),
		]);
	}
}
