/** Options that several commands have. */
import { Option } from 'commander'
import * as v from 'valibot'
import { CROP_MODES } from '../../shared/domain/dataset'
import { DEVICES } from '../../shared/domain/device'
import { ResolutionSchema, type Resolution } from '../../shared/domain/resolution'
import { LOSSES, PRESETS } from '../../shared/domain/trainConfig'

/** What a person says of the sizes that a run grows through. */
export type SizeOptions = { to: number; from: '4' | '8' }

/** The first and the last resolution. Throws when one is none, or they are in the wrong order. */
export function sizesOf({ from, to }: SizeOptions): {
  firstResolution: 4 | 8
  finalResolution: Resolution
} {
  const finalResolution = v.parse(ResolutionSchema, to)
  const firstResolution = from === '8' ? 8 : 4
  if (finalResolution < firstResolution) {
    throw new Error(`--to ${finalResolution} is below --from ${firstResolution}.`)
  }
  return { firstResolution, finalResolution }
}

export function presetOption(): Option {
  return new Option('--preset <name>', 'size of the networks').choices(PRESETS).default('tiny')
}

export function firstSizeOption(): Option {
  return new Option('--from <pixels>', 'first resolution').choices(['4', '8']).default('4')
}

export function lossOption(): Option {
  return new Option('--loss <name>', 'objective (default: "wgan-gp")').choices(LOSSES)
}

export function channelsOption(): Option {
  return new Option('--channels <n>', 'picture channels').choices(['1', '3', '4'])
}

/** How pictures become squares. */
export function cropOption(): Option {
  return new Option('--crop <mode>', 'how to square').choices(CROP_MODES).default('centre')
}

/** What to compute with; `auto` tries all. */
export function deviceOption(): Option {
  return new Option('--device <name>', 'what to compute with; auto takes the fastest that works')
    .choices([...DEVICES, 'auto'])
    .default('cpu')
}
