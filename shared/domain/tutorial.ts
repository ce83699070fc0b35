/**
 * What courses and tutorials on GANs train with, where the paper has something else: batch normalisation in the
 * generator, cross-entropy on the scores ("BCE"), and Adam as in DCGAN (Radford et al. 2016, section 3).
 */
export const TUTORIAL = {
  generatorNorm: 'batch',
  loss: 'logistic',
  beta1: 0.5,
  beta2: 0.999,
  learningRate: 2e-4,
  /** Images of each phase: enough to see a size come out of noise, in minutes. */
  phaseImages: 20_000,
} as const
