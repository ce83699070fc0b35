import type { Sample } from '../../shared/domain/sample'
import { m } from '../messages/generated/messages.js'

/** A sample in words: its seed, and its class where there is one. */
export function sampleWords({ seed, className }: Sample): string {
  return className === null
    ? m.gallery_sample({ seed })
    : m.gallery_sample_class({ seed, name: className })
}
