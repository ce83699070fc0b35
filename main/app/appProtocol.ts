import { readFile } from 'node:fs/promises'
import * as systemPath from 'node:path'
import { isDeviceName } from '../../shared/domain/fileName'

/** The window's own origin: everything it shows comes from here. */
export const APP_SCHEME = 'app'
export const APP_ORIGIN = `${APP_SCHEME}://sprout`

/** What the page may load and do: its own files, and pictures that it made itself. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // Text becomes elements by way of Svelte's own templates alone, and an address of code where renderer/trustedFiles.ts
  // knows it for the app's own.
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html default',
].join('; ')

/** What a built page's folders and files may be called. */
const STEP = /^[\w-][\w .-]*$/

const MIME_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** An answer to a request of the page. */
export type FileAnswer = {
  status: number
  headers: Record<string, string>
  body: Buffer
}

function answer(status: number, type: string, body: Buffer): FileAnswer {
  return {
    status,
    headers: {
      'content-type': type,
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-dns-prefetch-control': 'off',
    },
    body,
  }
}

function refuse(status: number, why: string): FileAnswer {
  return answer(status, 'text/plain; charset=utf-8', Buffer.from(why))
}

/**
 * The file inside `folder` that `url` names, or null when it names another host, or anything but plain names one below
 * the other. `path` is the system's own way with paths, given by tests.
 */
export function fileFor(
  url: string,
  folder: string,
  path: Pick<typeof systemPath, 'join'> = systemPath,
): string | null {
  try {
    const { host, protocol, pathname } = new URL(url)
    if (`${protocol}//${host}` !== APP_ORIGIN) return null
    const steps = decodeURIComponent(pathname.length < 2 ? '/index.html' : pathname).split('/')
    const inside = steps.slice(1)
    return inside.every(isPlain) ? path.join(folder, ...inside) : null
  } catch {
    return null
  }
}

function isPlain(step: string): boolean {
  return STEP.test(step) && !/[ .]$/.test(step) && !isDeviceName(step)
}

/** Answers a request for `url` from the files under `folder` (an absolute path) and from nowhere else. */
export async function answerFile(url: string, folder: string): Promise<FileAnswer> {
  const file = fileFor(url, folder)
  if (file === null) return refuse(403, 'not part of this app')
  const type = MIME_TYPES[systemPath.extname(file)]
  if (type === undefined) return refuse(403, 'no such kind of file here')
  try {
    return answer(200, type, await readFile(file))
  } catch {
    return refuse(404, 'not found')
  }
}
