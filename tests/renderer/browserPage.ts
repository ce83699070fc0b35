import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { paraglideVitePlugin } from '@inlang/paraglide-js'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { chromium, type Browser } from 'playwright-core'
import sharp from 'sharp'
import { build } from 'vite'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.webp': 'image/webp',
  '.png': 'image/png',
}
/** The policy that the real window is served with. */
const POLICY = /content="(default-src[^"]*)"/.exec(
  readFileSync(resolve('renderer/index.html'), 'utf8'),
)![1]!

/** The built page of `tests/renderer/page` in Debian's Chromium. */
export type BrowserPage = { browser: Browser; address: string; close(): Promise<void> }

/** Builds the window with its made-up services, serves it under the real policy, and starts a browser. */
export async function openBrowserPage(): Promise<BrowserPage> {
  const executablePath = CHROMIUM.find((path) => existsSync(path))
  if (executablePath === undefined) {
    throw new Error('These tests need Chromium: run `apt-get install chromium` (Debian) first.')
  }
  const outDir = mkdtempSync(join(tmpdir(), 'sprout-page-'))
  await build({
    configFile: false,
    logLevel: 'error',
    root: resolve('tests/renderer/page'),
    plugins: [
      svelte({ configFile: false }),
      paraglideVitePlugin({
        project: resolve('renderer/project.inlang'),
        outdir: resolve('renderer/messages/generated'),
        strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
        // The runner compiles into the same folder and may be reading it.
        cleanOutdir: false,
      }),
    ],
    build: { target: 'chrome108', outDir, minify: false, emptyOutDir: true },
  })
  const server = await serve(outDir, await makePictures())
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  return {
    browser,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      await browser.close()
      server.close()
      rmSync(outDir, { recursive: true, force: true })
    },
  }
}

function serve(folder: string, made: ReadonlyMap<string, Buffer>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://page').pathname
    const file = join(folder, path === '/' ? 'index.html' : path)
    const body = made.get(path) ?? (existsSync(file) ? readFileSync(file) : null)
    response.writeHead(body === null ? 404 : 200, {
      'content-type': TYPES[extname(path === '/' ? 'index.html' : path)] ?? 'text/plain',
      'content-security-policy': POLICY,
    })
    response.end(body ?? '')
  })
  return new Promise((resolved) => server.listen(0, '127.0.0.1', () => resolved(server)))
}

/** Grids of real pictures at each size, as a trainer sends them, and previews as a scan makes them. */
async function makePictures(): Promise<Map<string, Buffer>> {
  const folder = 'node_modules/@lobehub/fluent-emoji-3d/assets'
  const files = readdirSync(folder).filter(
    (file) => file.startsWith('1f33') || file.startsWith('1f34'),
  )
  const pick = (i: number) => join(folder, files[i % files.length]!)
  const made = new Map<string, Buffer>()
  for (const size of [4, 8, 16, 32]) {
    const tiles = await Promise.all(
      Array.from({ length: 36 }, async (_, i) => ({
        input: await sharp(pick(i)).resize(size, size, { kernel: 'cubic' }).png().toBuffer(),
        left: (i % 6) * size,
        top: Math.floor(i / 6) * size,
      })),
    )
    const background = { r: 255, g: 255, b: 255, alpha: 0 }
    const sheet = sharp({ create: { width: 6 * size, height: 6 * size, channels: 4, background } })
    made.set(
      `/made/mosaic-${size}.webp`,
      await sheet.composite(tiles).webp({ lossless: true }).toBuffer(),
    )
  }
  for (let i = 0; i < 8; i++) {
    made.set(
      `/made/preview-${i}.png`,
      await sharp(pick(i * 3))
        .resize(64, 64)
        .png()
        .toBuffer(),
    )
  }
  return made
}
