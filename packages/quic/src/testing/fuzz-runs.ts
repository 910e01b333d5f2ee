/** Runs of each property about what reads bytes from outside: in `npm test`, and as `npm run fuzz` asks for. */
export const fuzzRuns = Number(process.env.OCTOPROXY_FUZZ_RUNS ?? 2000);
