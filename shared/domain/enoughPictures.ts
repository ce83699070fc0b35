import { explained } from './explanation'
import type { PictureClass } from './dataset'
import type { TrainConfig } from './trainConfig'

/** Throws one clear line when there are fewer pictures than one batch. */
export function checkEnough(config: TrainConfig, pictures: number): void {
  const batch = Math.max(...config.stages.map((stage) => stage.batch))
  if (pictures >= batch) return
  throw pictures === 1
    ? explained('one_picture', { batch })
    : explained('few_pictures', { pictures, batch })
}

/** Fewest pictures of a class that networks can be told of. */
export const LEAST_PER_CLASS = 8

/** Why networks cannot be told of these classes of `pictures` pictures, in one clear line; null when they can. */
export function classProblem(classes: readonly PictureClass[], pictures: number): string | null {
  if (classes.length < 2) {
    return (
      'Training by class needs pictures in two sub-folders or more, one for each class; ' +
      `there ${classes.length === 1 ? 'is one' : 'are none'}.`
    )
  }
  const small = classes.find((one) => one.pictures < LEAST_PER_CLASS)
  if (small !== undefined) {
    return (
      `The class "${small.name}" has ${small.pictures === 0 ? 'no usable pictures' : `${small.pictures} pictures`}, ` +
      `fewer than ${LEAST_PER_CLASS}; add pictures to its sub-folder, or remove it.`
    )
  }
  const without = pictures - classes.reduce((sum, one) => sum + one.pictures, 0)
  if (without === 0) return null
  return (
    `${without} picture${without === 1 ? ' has' : 's have'} no class; ` +
    'move what lies directly in the folder into sub-folders, or train without classes.'
  )
}
