/** What is typed after options, read as commander wants it: each throws what it should have been. */
import { InvalidArgumentError } from 'commander'
import { RESOLUTIONS, type Resolution } from '../../shared/domain/resolution'
import {
  AUGMENTATIONS,
  MOST_CRITIC_STEPS,
  type Augmentation,
  type StagePlan,
} from '../../shared/domain/trainConfig'
import { STAGE_WORDS } from '../../shared/trainCommand'

/** Changes to one stage. */
export type StageChange = { resolution: Resolution; plan: Partial<StagePlan> }

/** Reads a whole number of at least `least`. */
export function wholeNumber(least: number) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`give a whole number of at least ${least}.`)
    }
    return value
  }
}

function amount(what: string, fits: (value: number) => boolean) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value) || !fits(value)) {
      throw new InvalidArgumentError(`give ${what}.`)
    }
    return value
  }
}

/** Reads the discriminator's updates in a step. */
export function criticSteps(text: string): number {
  const value = wholeNumber(1)(text)
  if (value <= MOST_CRITIC_STEPS) return value
  throw new InvalidArgumentError(`give a whole number from 1 to ${MOST_CRITIC_STEPS}.`)
}

/** Reads a weight of a term. */
export const weight = amount('a number of at least 0', (value) => value >= 0)
/** Reads a decay and the like. */
export const fraction = amount('a number from 0 to below 1', (value) => value >= 0 && value < 1)
/** Reads what must be above 0. */
export const positive = amount('a number above 0', (value) => value > 0)
/** Reads a number of seconds. */
export const seconds = amount('a number of seconds above 0', (value) => value > 0)

/** Reads `color,cutout`, or `all`. */
export function augmentations(text: string): Augmentation[] {
  if (text === 'all') return [...AUGMENTATIONS]
  return text.split(',').map((word) => {
    const kind = AUGMENTATIONS.find((known) => known === word.trim())
    if (kind !== undefined) return kind
    throw new InvalidArgumentError(`give some of ${AUGMENTATIONS.join(',')}, or all.`)
  })
}

/** Reads `16:fade=2000,batch=8`. */
export function stageChange(text: string, before: StageChange[]): StageChange[] {
  const [size, words] = text.split(':')
  const resolution = RESOLUTIONS.find((known) => `${known}` === size)
  if (resolution === undefined || words === undefined || words === '') {
    throw new InvalidArgumentError('give a size and what to change, as in 16:fade=2000,batch=8.')
  }
  const plan: Partial<StagePlan> = {}
  for (const change of words.split(',')) {
    const [word, value] = change.split('=')
    const key = Object.entries(STAGE_WORDS).find(([known]) => known === word)?.[1]
    if (key === undefined || value === undefined) {
      throw new InvalidArgumentError(`give some of ${Object.keys(STAGE_WORDS).join(', ')}.`)
    }
    if (key === 'microBatch') plan.microBatch = value === 'none' ? null : wholeNumber(1)(value)
    else if (key === 'learningRate') plan.learningRate = positive(value)
    else plan[key] = wholeNumber(key === 'fadeImages' ? 0 : 1)(value)
  }
  return [...before, { resolution, plan }]
}

/** Reads a share of a whole. */
export function share(text: string): number {
  const value = Number(text)
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('give a number from 0 to 1.')
  return value
}

/** Reads `3,14,15`. */
export function seedList(text: string): number[] {
  return text.split(',').map(wholeNumber(0))
}
