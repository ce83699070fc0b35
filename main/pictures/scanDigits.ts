import type { DatasetSource, SourceScan } from '../../shared/domain/dataset'
import { encodePng } from './encode'
import { DIGIT_CLASSES, PADDED_DIGIT_SIZE, readDigits } from './samples'
import { EXAMPLES, LOOKED_AT, spread, type ScanWatch } from './scanFindings'
import { sourceName } from './source'

/** The handwritten digits, as a scan of a folder would find them. */
export async function scanDigits(
  source: DatasetSource,
  { onFound }: ScanWatch,
): Promise<SourceScan> {
  const { count, digit, label, name } = await readDigits()
  const counts = DIGIT_CLASSES.map(() => 0)
  for (let i = 0; i < count; i++) counts[label(i)]!++
  const all = Array.from({ length: count }, (_, i) => i)
  const thumbnails = await Promise.all(
    spread(all, LOOKED_AT).map((i) => encodePng(digit(i), PADDED_DIGIT_SIZE, PADDED_DIGIT_SIZE, 1)),
  )
  const scan: SourceScan = {
    name: sourceName(source),
    files: count,
    byFormat: { IDX: count },
    bySize: [{ from: PADDED_DIGIT_SIZE, files: count }],
    looked: count,
    channels: 1,
    classes: DIGIT_CLASSES.map((title, digitClass) => ({
      name: title,
      pictures: counts[digitClass]!,
    })),
    skipped: [],
    skippedFiles: 0,
    unreadableFiles: 0,
    duplicates: [],
    duplicateFiles: 0,
    examples: spread(all, EXAMPLES).map(name),
  }
  onFound?.({ scan, thumbnails, done: count, total: count })
  return scan
}
