import type { TrainConfig } from './trainConfig'

/** Throws one clear line when there are fewer pictures than one batch. */
export function checkEnough(config: TrainConfig, pictures: number): void {
  const batch = Math.max(...config.stages.map((stage) => stage.batch))
  if (pictures >= batch) return
  throw new Error(
    `The dataset has ${pictures} picture${pictures === 1 ? '' : 's'}, fewer than one batch of ${batch}; ` +
      'add pictures or choose a smaller batch.',
  )
}
