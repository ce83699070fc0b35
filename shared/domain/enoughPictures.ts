import { because, explained, ExplainedError, type Explanation } from './explanation'
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

/** Why networks cannot be told of these classes of `pictures` pictures; null when they can. */
export function classProblem(
  classes: readonly PictureClass[],
  pictures: number,
): Explanation | null {
  if (classes.length < 2) return because(classes.length === 1 ? 'classes_one' : 'classes_none', {})
  const small = classes.find((one) => one.pictures < LEAST_PER_CLASS)
  if (small !== undefined) {
    const [name, least] = [small.name, LEAST_PER_CLASS]
    return small.pictures === 0
      ? because('class_empty', { name, least })
      : because('class_small', { name, pictures: small.pictures, least })
  }
  const without = pictures - classes.reduce((sum, one) => sum + one.pictures, 0)
  if (without === 0) return null
  return without === 1
    ? because('picture_without_class', {})
    : because('pictures_without_class', { pictures: without })
}

/** Throws one clear line when networks cannot be told of these classes of `pictures` pictures. */
export function checkClasses(classes: readonly PictureClass[], pictures: number): void {
  const problem = classProblem(classes, pictures)
  if (problem !== null) throw new ExplainedError(problem)
}
