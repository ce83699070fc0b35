import {
  complaintOf,
  isKnownCode,
  type Complaint,
  type Explanation,
  type ExplanationCode,
  type ExplanationValue,
} from '../../shared/domain/explanation'
import { m } from '../messages/generated/messages.js'
import { getLocale } from '../messages/generated/runtime.js'
import { formatCount } from './format'

const CATALOG: typeof m = m

/** What went wrong, in the person's language. What Sprout has no words for is quoted as it was told. */
export function complaintWords({ message, why }: Complaint): string {
  const words = why === undefined ? null : explanationWords(why)
  return words ?? m.why_other({ detail: message })
}

/** An error of the window's own, whose message is in the person's language already. */
export class WordedError extends Error {
  override readonly name = 'WordedError'
}

/** {@link complaintWords} for whatever was thrown. */
export function errorWords(error: unknown): string {
  return error instanceof WordedError ? error.message : complaintWords(complaintOf(error))
}

/** Null for a code that this Sprout does not know. */
function explanationWords({ code, values }: Explanation): string | null {
  if (!isKnownCode(code)) return null
  const filled = Object.entries(values).map(([name, value]) => [name, valueWords(value)])
  return wordsOf(code)(Object.fromEntries(filled) as Record<string, string>)
}

/** Every code has a message of its own, which takes its values by name. */
function wordsOf(code: ExplanationCode): (values: Record<string, string>) => string {
  return CATALOG[`why_${code}`] as (values: Record<string, string>) => string
}

function valueWords(value: ExplanationValue): string {
  if (typeof value === 'number') return formatCount(value, getLocale())
  if (typeof value === 'string') return value
  return explanationWords(value) ?? value.code
}
