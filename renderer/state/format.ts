import type { Resolution } from '../../shared/domain/resolution'

const numberFormats = new Map<string, Intl.NumberFormat>()

/** The formatter of numbers for a locale, made once: that takes far longer than its use, and each tick changes numbers. */
export function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = `${locale} ${JSON.stringify(options)}`
  let format = numberFormats.get(name)
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, options)
    numberFormats.set(name, format)
  }
  return format
}

/** `1234567` as `1,234,567`, by the locale. */
export function formatCount(count: number, locale: string): string {
  return numberFormat(locale, { maximumFractionDigits: 0 }).format(count)
}

/** `1234567` as `1.2M`, by the locale, for places with little room. */
export function formatCompact(count: number, locale: string): string {
  return numberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(count)
}

/** A number with as many decimals as its size leaves worth reading: three figures or so. */
export function formatFigure(value: number, locale: string): string {
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return numberFormat(locale, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value)
}

/** A share (0 to 1) as `38%`, by the locale, with up to `decimals` decimals. */
export function formatPercent(share: number, locale: string, decimals = 0): string {
  return numberFormat(locale, { style: 'percent', maximumFractionDigits: decimals }).format(share)
}

/** A truncation as `0.70`, by the locale. */
export function formatTruncation(truncation: number, locale: string): string {
  return numberFormat(locale, { minimumFractionDigits: 2 }).format(truncation)
}

/** Bytes of memory as `850 MB` or `2.4 GB`, by the locale; powers of 1024, as task managers count. */
export function formatMemory(bytes: number, locale: string): string {
  const megabytes = bytes / (1 << 20)
  const large = megabytes >= 1000
  return numberFormat(locale, {
    style: 'unit',
    unit: large ? 'gigabyte' : 'megabyte',
    maximumFractionDigits: large ? 1 : 0,
  }).format(large ? megabytes / 1024 : megabytes)
}

const DISK_UNITS = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** Bytes of a file or a disk as `48 kB`, `850 MB` or `2.4 GB`, by the locale; powers of 1000, as disks are sold. */
export function formatDisk(bytes: number, locale: string): string {
  const power = bytes < 1e6 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3) - 1)
  return numberFormat(locale, {
    style: 'unit',
    unit: DISK_UNITS[power]!,
    maximumFractionDigits: power >= 2 ? 1 : 0,
  }).format(bytes / 1000 ** (power + 1))
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * A span of `seconds` (>= 0) in its one or two largest units, e.g. `2 h 5 min`. A guess in seconds would
 * flicker, so from a minute on it has none.
 */
export function formatDuration(seconds: number, locale: string): string {
  if (seconds < MINUTE) return inUnit(Math.max(0, Math.round(seconds)), 'second', locale)
  const minutes = Math.round(seconds / MINUTE)
  if (minutes * MINUTE < HOUR) return inUnit(minutes, 'minute', locale)
  if (minutes * MINUTE < DAY) {
    return twoUnits(Math.floor(minutes / 60), 'hour', minutes % 60, 'minute', locale)
  }
  const hours = Math.round(seconds / HOUR)
  return twoUnits(Math.floor(hours / 24), 'day', hours % 24, 'hour', locale)
}

function twoUnits(large: number, largeUnit: string, small: number, unit: string, locale: string) {
  const first = inUnit(large, largeUnit, locale)
  return small === 0 ? first : `${first} ${inUnit(small, unit, locale)}`
}

function inUnit(count: number, unit: string, locale: string): string {
  return numberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count)
}

/**
 * How long before `now` the moment `at` was (both milliseconds since 1970), e.g. `5 minutes ago`; older than a
 * week, its date.
 */
export function formatAgo(at: number, now: number, locale: string): string {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const seconds = Math.max(0, (now - at) / 1000)
  if (seconds < 45) return relative.format(0, 'second')
  if (seconds < HOUR) return relative.format(-Math.max(1, Math.round(seconds / MINUTE)), 'minute')
  if (seconds < DAY) return relative.format(-Math.max(1, Math.floor(seconds / HOUR)), 'hour')
  if (seconds < 7 * DAY) return relative.format(-Math.floor(seconds / DAY), 'day')
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(at)
}

/** A clock time, with the day when that is not `now`'s. */
export function formatMoment(at: number, now: number, locale: string): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString()
  const day = { month: 'short', day: 'numeric' } as const
  return new Intl.DateTimeFormat(locale, {
    ...(sameDay ? {} : day),
    hour: '2-digit',
    minute: '2-digit',
  }).format(at)
}

/** `16` as `16×16`. */
export function formatResolution(resolution: Resolution | number): string {
  return `${resolution}×${resolution}`
}

/** A quality's distance as the paper prints it, times a thousand. */
export function formatDistance(distance: number, locale: string): string {
  return formatFigure(1000 * distance, locale)
}
