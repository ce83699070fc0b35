import fc from 'fast-check'

/**
 * Every run of the tests tries the same inputs, so that a change fails for what it changed. To look for new
 * counterexamples, choose another seed: `SPROUT_TEST_SEED=7 npm test -- unit`.
 */
fc.configureGlobal({ seed: Number(process.env.SPROUT_TEST_SEED ?? 20_180_226) })
