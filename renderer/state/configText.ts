import * as v from 'valibot'
import { TrainConfigSchema, type TrainConfig } from '../../shared/domain/trainConfig'

/** What a text holds: settings, or what is wrong with it. */
export type ReadConfig =
  | { kind: 'config'; config: TrainConfig }
  | { kind: 'not-json' }
  | { kind: 'missing'; field: string }
  /** A field, by its path; what it must be and is, or else what does not go together. */
  | { kind: 'field'; field: string; expected: string | null; received: string; message: string }

/** Reads settings from JSON, as {@link writeConfig} writes them. Nothing is filled in: all must be there. */
export function readConfig(text: string): ReadConfig {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'not-json' }
  }
  const parsed = v.safeParse(TrainConfigSchema, value)
  if (parsed.success) return { kind: 'config', config: parsed.output }
  const issue = parsed.issues[0]
  const field = issue.path?.map(({ key }) => String(key)).join('.') ?? ''
  const { expected, received, message } = issue
  if (received === 'undefined') return { kind: 'missing', field }
  return { kind: 'field', field, expected, received, message }
}

/** Settings as JSON for people to read and change. */
export function writeConfig(config: TrainConfig): string {
  return JSON.stringify(config, null, 2)
}
