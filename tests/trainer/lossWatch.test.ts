import { expect, test } from 'vitest'
import { LossWatch } from '../../main/trainer/lossWatch'

const tick = (discriminatorLoss: number, generatorLoss = 1) => ({
  discriminatorLoss,
  generatorLoss,
})

function told(watch: LossWatch, losses: readonly number[]) {
  return losses.map((loss) => watch.look(tick(loss))).filter((alarm) => alarm !== null)
}

const calm = Array.from({ length: 40 }, (_, i) => -2 - (i % 5))

test('losses that go up and down are no alarm, nor is one spike', () => {
  const watch = new LossWatch('wgan-gp')
  expect(told(watch, [...calm, -900, ...calm, 700, ...calm])).toEqual([])
})

test('losses far beyond what they were are told once, and again after they were well', () => {
  const watch = new LossWatch('wgan-gp')
  const wild = Array.from({ length: 30 }, (_, i) => 1e4 * (i + 1))
  expect(told(watch, [...calm, ...wild])).toEqual(['diverging'])
  expect(told(watch, [...calm, ...wild])).toEqual(['diverging'])
})

test('the first ticks, which jump, are not judged', () => {
  expect(told(new LossWatch('wgan-gp'), [0.1, 4000, 5000, 6000, 10])).toEqual([])
})

test('a logistic discriminator that has won is told; a low critic of wgan-gp is not', () => {
  const won = Array.from({ length: 60 }, () => 0.001)
  expect(told(new LossWatch('logistic'), won)).toEqual(['one-sided'])
  expect(told(new LossWatch('wgan-gp'), won)).toEqual([])
})
