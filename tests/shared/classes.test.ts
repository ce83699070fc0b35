import { expect, test } from 'vitest'
import { classProblem } from '../../shared/domain/enoughPictures'
import { inEnglish } from '../../shared/domain/explanation'
import { trainConfigFor } from '../../shared/domain/presets'
import { classOf } from '../../main/export/latents'
import { mosaicPlan } from '../../main/trainer/mosaics'

const choices = {
  seed: 1,
  channels: 1,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 8,
} as const
const of = (name: string, pictures: number) => ({ name, pictures })

const problemIn = (classes: Parameters<typeof classProblem>[0], pictures: number) => {
  const problem = classProblem(classes, pictures)
  return problem && inEnglish(problem)
}

test('classes that cannot be told apart are refused in one clear line', () => {
  expect(problemIn([], 100)).toMatch(/two sub-folders or more.*there are none/)
  expect(problemIn([of('a', 100)], 100)).toMatch(/there is one/)
  expect(problemIn([of('a', 93), of('b', 7)], 100)).toMatch(/"b" has 7 pictures, fewer than 8/)
  expect(problemIn([of('a', 100), of('b', 0)], 100)).toMatch(/"b" has no usable pictures/)
  expect(problemIn([of('a', 50), of('b', 49)], 100)).toMatch(/1 picture has no class/)
  expect(problemIn([of('a', 50), of('b', 50)], 100)).toBeNull()
})

test('a mosaic of classes has rows of one class each, in order, and columns of one latent', () => {
  const plan = (names: number) =>
    mosaicPlan(trainConfigFor({ ...choices, classes: Array.from({ length: names }, String) }))
  expect(plan(2).rowClasses).toEqual([0, 0, 0, 1, 1, 1])
  expect(plan(10).rowClasses).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(plan(64).rowClasses).toEqual(Array.from({ length: 16 }, (_, row) => 4 * row))
  const { latents, rows } = plan(10)
  const row = latents.length / rows
  expect(latents.subarray(0, row)).toEqual(latents.subarray(9 * row))
  expect(mosaicPlan(trainConfigFor(choices)).rowClasses).toBeNull()
})

test('a mosaic of the largest pictures fits into one WebP file, whatever the classes', () => {
  const finalResolution = 1024
  for (const count of [2, 5, 6, 7, 15, 16, 17, 1000]) {
    const classes = Array.from({ length: count }, String)
    const { rows, rowClasses } = mosaicPlan(
      trainConfigFor({ ...choices, finalResolution, classes }),
    )
    expect(rows * finalResolution, `${count} classes`).toBeLessThan(2 ** 14)
    expect(new Set(rowClasses).size).toBe(Math.min(count, 15))
  }
})

test('a sample is of the class that is asked for, or of the one that its seed picks', () => {
  const classes = ['cats', 'dogs']
  const of = (seed: number, className: string | null = null) =>
    classOf(classes, { seed, className })
  expect([0, 1, 2, 3].map((seed) => of(seed))).toEqual([0, 1, 0, 1])
  expect(of(2, 'dogs')).toBe(1)
  expect(() => of(2, 'cows')).toThrow('it has cats, dogs')
  expect(classOf(null, { seed: 3, className: null })).toBeNull()
  expect(() => classOf(null, { seed: 3, className: 'x' })).toThrow(/without classes/)
})
