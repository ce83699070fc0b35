import { createHash } from 'node:crypto'
import type { ExportRequest, PageLanguage } from '../../shared/domain/exportRequest'
import type { RunSummary } from '../../shared/domain/run'
import type { CheckpointSampler } from './checkpointSampler'
import { escapeXml } from './markup'
import { PAGE_WORDS, type PageWords } from './page/words'
import script from './page/gallery.js?raw'
import style from './page/gallery.css?raw'
import { pointsOf, samplesOf } from './samples'
import { encodeTracedPng, traceOfSample, type Origin } from './traceNote'
import { writeWholeBytes, type ExportWatch } from './wholeFile'

/** Pictures that are drawn before they are encoded. */
const DRAWN_AT_ONCE = 64
/** The page loads nothing, and runs nothing but its own script: pictures, style and script are in it. */
const POLICY = `default-src 'none'; img-src data:; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'`

type Request = Extract<ExportRequest, { kind: 'html' }>
type About = Pick<RunSummary, 'name' | 'datasetName'>

/** By which a policy knows the one text that it lets in. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** Writes one HTML file that shows samples and opens without a network. Leaves no file when it throws or is cancelled. */
export async function exportHtml(
  sampler: CheckpointSampler,
  about: About,
  origin: Origin,
  request: Request,
  { onProgress, signal }: ExportWatch = {},
): Promise<void> {
  const samples = samplesOf(request.samples)
  const { classes, channels } = sampler.config
  const { resolution } = sampler.position
  const words = PAGE_WORDS[request.language]
  const figures: string[] = []
  for (let from = 0; from < samples.length; from += DRAWN_AT_ONCE) {
    const part = samples.slice(from, from + DRAWN_AT_ONCE)
    const watch = { ...(signal && { signal }) }
    const bytes = await sampler.draw(pointsOf(part), request.truncation, watch)
    const size = bytes.length / part.length
    for (const [i, sample] of part.entries()) {
      signal?.throwIfAborted()
      const pixels = bytes.subarray(i * size, (i + 1) * size)
      const trace = traceOfSample(origin, classes, sample)
      const picture = { pixels, width: resolution, height: resolution, channels }
      const png = await encodeTracedPng(picture, trace)
      figures.push(figure(png, trace, words))
      onProgress?.(request.file, from + i + 1, samples.length)
    }
  }
  await writeWholeBytes(request.file, page(about, origin, figures, request.language), signal)
}

function figure(
  png: Uint8Array,
  trace: { seed: number; className: string | null },
  { seed }: PageWords,
): string {
  const caption = trace.className === null ? `${trace.seed}` : `${trace.seed} · ${trace.className}`
  const words = seed(caption)
  const data = Buffer.from(png).toString('base64')
  return (
    `<li><button type="button" title="${escapeXml(words)}"><img alt="${escapeXml(words)}" ` +
    `src="data:image/png;base64,${data}"></button><span>${escapeXml(caption)}</span></li>`
  )
}

function page(
  { name, datasetName }: About,
  origin: Origin,
  figures: readonly string[],
  language: PageLanguage,
): string {
  const words = PAGE_WORDS[language]
  const facts = [
    words.pictures(figures.length, `${origin.resolution}×${origin.resolution}`),
    words.source(datasetName),
    words.images(origin.imagesSeen.toLocaleString(language)),
    ...(origin.truncation === 1 ? [] : [words.truncation(`${origin.truncation}`)]),
  ]
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="generator" content="Sprout ${escapeXml(origin.app)}">
<title>${escapeXml(name)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeXml(name)}</h1>
<p>${escapeXml(facts.join(' · '))}</p>
</header>
<main>
<ul>
${figures.join('\n')}
</ul>
</main>
<footer>${escapeXml(words.footer(origin.app))}</footer>
<dialog aria-label="${escapeXml(words.picture)}"><form method="dialog"><button type="submit" aria-label="${escapeXml(words.close)}">×</button></form><img alt=""><p></p></dialog>
<script>${script}</script>
</body>
</html>
`
}
