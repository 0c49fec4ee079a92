/** The usual run is the same every time; one that looks for news says how long: FUZZ_EXAMPLES=5000. */
import fc from 'fast-check';

const {FUZZ_EXAMPLES} = process.env;
fc.configureGlobal(FUZZ_EXAMPLES ? {numRuns: Number(FUZZ_EXAMPLES)} : {numRuns: 300, seed: 1});

export default fc;
