import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, temporaryHome, type RunningApp } from './launch'
import { SocketWatch } from './sockets'

const home = temporaryHome()
const exported = join(home.folder, 'sheet.png')
const TRAINING_MS = 120_000
let running: RunningApp
let page: Page
let sockets: SocketWatch
/** Whatever knocks at this machine while the app runs. */
const knocks: string[] = []
let server: Server
let listener: UdpSocket
let port = 0
let udpPort = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    knocks.push(`http ${request.url}`)
    response.end()
  })
  server.on('connection', () => knocks.push('tcp'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  listener = createSocket('udp4', () => knocks.push('udp'))
  await new Promise<void>((resolve) => listener.bind(0, '127.0.0.1', resolve))
  udpPort = listener.address().port
  running = await launch(home.folder, { SPROUT_TEST_SAVE_FILE: exported })
  page = running.page
  sockets = new SocketWatch(running.electron.process().pid!)
}, 120_000)
afterAll(async () => {
  sockets?.stop()
  await running?.close()
  server?.close()
  listener?.close()
  home.remove()
})

test('the window is a sandbox with nothing loosened', async () => {
  const preferences = await running.electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]!.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>
    }
    const all = contents.getLastWebPreferences()
    return {
      sandbox: all['sandbox'],
      contextIsolation: all['contextIsolation'],
      nodeIntegration: all['nodeIntegration'] ?? false,
      nodeIntegrationInWorker: all['nodeIntegrationInWorker'] ?? false,
      nodeIntegrationInSubFrames: all['nodeIntegrationInSubFrames'] ?? false,
      webSecurity: all['webSecurity'],
      allowRunningInsecureContent: all['allowRunningInsecureContent'] ?? false,
      experimentalFeatures: all['experimentalFeatures'] ?? false,
      enableBlinkFeatures: all['enableBlinkFeatures'] ?? '',
      webviewTag: all['webviewTag'] ?? false,
    }
  })
  expect(preferences).toEqual({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    enableBlinkFeatures: '',
    webviewTag: false,
  })
})

test('text becomes neither elements nor styles nor frames', async () => {
  const seen = await page.evaluate(async () => {
    const violations = new Set<string>()
    document.addEventListener('securitypolicyviolation', (event) =>
      violations.add(event.effectiveDirective),
    )
    const box = document.createElement('div')
    document.body.append(box)
    const html = (() => {
      try {
        box.innerHTML = '<img src=x onerror="globalThis.ran = true">'
        return 'taken'
      } catch (error) {
        return (error as Error).name
      }
    })()
    box.setAttribute('style', 'position: fixed')
    try {
      box.setAttribute('onclick', 'globalThis.ran = true')
    } catch {
      // A handler is text, too.
    }
    box.click()
    const style = document.createElement('style')
    style.textContent = 'body { color: red }'
    const frame = document.createElement('iframe')
    frame.src = 'data:text/html,<script>parent.sprout.connect()</script>'
    const own = document.createElement('iframe')
    own.src = 'app://sprout/'
    const thread = (() => {
      try {
        return typeof new Worker('data:text/javascript,')
      } catch (error) {
        return (error as Error).name
      }
    })()
    const view = document.createElement('webview')
    view.setAttribute('src', 'app://sprout/')
    box.append(style, frame, own, view)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const result = {
      html,
      thread,
      violations: [...violations],
      position: getComputedStyle(box).position,
      view: 'loadURL' in view,
      frames: [frame, own].map((each) => {
        try {
          return typeof (each.contentWindow as { sprout?: unknown } | null)?.sprout
        } catch {
          // Another origin's, as what stands for a page that was not let in.
          return 'undefined'
        }
      }),
      ran: 'ran' in globalThis,
    }
    box.remove()
    return result
  })
  expect([seen.html, seen.thread]).toEqual(['TypeError', 'TypeError'])
  expect(seen).toMatchObject({ position: 'static', view: false, ran: false })
  expect(seen.frames).toEqual(['undefined', 'undefined'])
  for (const directive of ['style-src-attr', 'style-src-elem', 'frame-src'])
    expect(seen.violations).toContain(directive)
})

test('another page with the same preload script gets no port, nor does another window of the app', async () => {
  const given = await running.electron.evaluate(async ({ app, BrowserWindow }) => {
    const results: Record<string, number> = {}
    const hostile =
      'data:text/html,<script>let n=0;addEventListener("message",e=>{if(e.ports.length)document.title=`${++n}`});' +
      'sprout.connect();setTimeout(()=>sprout.connect(),50)</script>'
    for (const url of [hostile, 'app://sprout/']) {
      const window = new BrowserWindow({
        show: false,
        webPreferences: {
          preload: `${app.getAppPath()}/out/preload/preload.cjs`,
          sandbox: true,
          nodeIntegrationInSubFrames: true,
        },
      })
      let ports = 0
      const contents = window.webContents
      const original = contents.postMessage.bind(contents)
      contents.postMessage = (...args: Parameters<typeof original>) => {
        ports++
        original(...args)
      }
      await window.loadURL(url)
      await new Promise((resolve) => setTimeout(resolve, 400))
      const told = Number(contents.getTitle()) || 0
      results[url.slice(0, 4)] = ports + told
      window.destroy()
    }
    return results
  })
  expect(given).toEqual({ data: 0, 'app:': 0 })
})

test('a message of a frame that is not the main one of the window is refused', async () => {
  const handed = await running.electron.evaluate(async ({ BrowserWindow, ipcMain }) => {
    const sender = BrowserWindow.getAllWindows()[0]!.webContents
    let ports = 0
    const original = sender.postMessage
    sender.postMessage = () => void ports++
    const counts: number[] = []
    const main = sender.mainFrame
    for (const senderFrame of [
      null,
      { url: 'app://sprout/' },
      { url: 'https://example.invalid/' },
      Object.create(main, { url: { value: 'app://sprout/' } }) as object,
    ]) {
      ipcMain.emit('connect', { sender, senderFrame })
      counts.push(ports)
    }
    sender.postMessage = original
    return counts
  })
  expect(handed).toEqual([0, 0, 0, 0])
})

test('every permission is refused', async () => {
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read']
    const more = ['persistent-storage', 'background-sync', 'accelerometer', 'screen-wake-lock']
    const asked = [...names, ...more].map(async (name) => {
      const found = await navigator.permissions
        .query({ name: name as PermissionName })
        .catch(() => null)
      return `${name} ${found?.state ?? 'unknown'}`
    })
    const refused = (what: string, work: () => Promise<unknown>) =>
      Promise.resolve()
        .then(work)
        .then(
          () => `${what} granted`,
          () => `${what} refused`,
        )
    const device = navigator as unknown as Record<
      string,
      { requestDevice(o: object): Promise<unknown> }
    >
    return [
      ...(await Promise.all(asked)),
      await refused('a microphone', () => navigator.mediaDevices.getUserMedia({ audio: true })),
      await refused('the screen', () => navigator.mediaDevices.getDisplayMedia()),
      await refused('the clipboard', () => navigator.clipboard.readText()),
      await refused('a USB device', () => device['usb']!.requestDevice({ filters: [] })),
      await refused('a place', () => {
        return new Promise((done, failed) => navigator.geolocation.getCurrentPosition(done, failed))
      }),
    ]
  })
  expect(states.filter((state) => /granted/.test(state))).toEqual([])
})

test('the bridge takes no message but those of its protocol', async () => {
  const answers = await page.evaluate(async () => {
    const ports = new Map<string, MessagePort>()
    window.addEventListener('message', ({ data, ports: [port] }) => {
      if (port !== undefined) ports.set((data as { name: string }).name, port)
    })
    ;(window as unknown as { sprout: { connect(): void } }).sprout.connect()
    while (ports.size < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    const heard: string[] = []
    for (const [name, port] of ports) {
      port.addEventListener('message', ({ data }) => {
        const { i, r, e } = data as { i?: string; r?: { ok: boolean }; e?: unknown }
        if (i !== undefined) heard.push(`${name} ${i} ${e !== undefined ? 'refused' : r?.ok}`)
      })
      port.start()
      for (const odd of [null, 7, 'x', [], { t: 'q' }, { t: 's', i: 1 }, { t: 'q', m: {}, a: 7 }])
        port.postMessage(odd)
      for (const m of ['toString', 'constructor', '__proto__', 'nothing'])
        port.postMessage({ t: 'q', m, a: ['x'], i: m })
    }
    const shell = ports.get('shell')!
    const call = (m: string, input: unknown) =>
      shell.postMessage({ t: 'q', m, a: [input], i: `${m} ${JSON.stringify(input)}` })
    call('showInFolder', { file: '/etc/passwd' })
    call('showInFolder', { file: '\\\\server\\share' })
    call('train', { runId: '../../x', device: 'none' })
    call('setTheme', { theme: 'constructor' })
    const library = ports.get('library')!
    library.postMessage({ t: 'q', m: 'getRun', a: [{ runId: '../../../etc/passwd' }], i: 'path' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    return heard.sort()
  })
  expect(answers).toHaveLength(13)
  expect(answers.filter((line) => line.endsWith(' true'))).toEqual([])
  // Both sides are still there.
  await page.reload()
  await page.getByTestId('new-run').waitFor()
  expect(
    await running.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length),
  ).toBe(1)
})

test(
  'from choosing pictures to training, looking and exporting, no process opens a connection',
  { timeout: 3 * TRAINING_MS },
  async () => {
    await page.getByTestId('new-run').click()
    await page.getByTestId('sample-mnist').click()
    await page.getByTestId('size-8').click()
    await page.getByTestId('preset-tiny').click()
    await page.getByTestId('schedule-custom').click()
    await page.getByTestId('fade-images').fill('128')
    await page.getByTestId('stable-images').fill('256')
    await page.getByTestId('run-name').fill('../../Quiet')
    await page.getByTestId('train').click()
    const state = page.getByTestId('run-state')
    await expect
      .poll(() => state.getAttribute('data-state').catch(() => null), { timeout: TRAINING_MS })
      .toBe('finished')
    await page.getByTestId('gallery').click()
    await page.locator('[data-testid^="tile-"] canvas[data-drawn="true"]').first().waitFor()
    await page.getByTestId('gallery-export').click()
    await page.getByTestId('export-save').click()
    await expect.poll(() => existsSync(exported), { timeout: TRAINING_MS }).toBe(true)
    expect(sockets.stop()).toEqual([])
    expect(sockets.looks).toBeGreaterThan(50)
    // Main, GPU, renderer, library at least.
    expect(sockets.processes).toBeGreaterThan(4)
    expect(knocks).toEqual([])
  },
)

test('neither the page nor a page without any policy reaches a network', async () => {
  const watch = new SocketWatch(running.electron.process().pid!)
  await page.evaluate(reachOut, { port, udpPort })
  await running.electron.evaluate(
    async ({ BrowserWindow, net, session }, { code, ports }) => {
      const window = new BrowserWindow({ show: false, webPreferences: { sandbox: true } })
      await window.loadURL('data:text/html,<h1>hostile</h1>')
      await window.webContents.executeJavaScript(`(${code})(${JSON.stringify(ports)})`)
      await window.loadURL(`http://127.0.0.1:${ports.port}/load`).catch(() => {})
      window.destroy()
      const request = net.request({
        url: `http://127.0.0.1:${ports.port}/net`,
        session: session.defaultSession,
      })
      await new Promise<void>((resolve) => {
        request.on('error', () => resolve())
        request.on('close', () => resolve())
        request.end()
      })
    },
    { code: reachOut.toString(), ports: { port, udpPort } },
  )
  expect(knocks).toEqual([])
  // A call asks the system which way leads out, by sockets that send nothing.
  expect(watch.stop().filter(({ protocol }) => protocol.startsWith('tcp'))).toEqual([])
})

/** Tries all ways out that a page has. Runs in pages. */
async function reachOut({ port, udpPort }: { port: number; udpPort: number }): Promise<void> {
  const at = (scheme: string, what: string) => `${scheme}://127.0.0.1:${port}/${what}`
  new Image().src = at('http', 'image')
  await fetch(at('http', 'fetch'), { mode: 'no-cors' }).catch(() => {})
  navigator.sendBeacon(at('http', 'beacon'), 'x')
  for (const rel of ['preload', 'prefetch', 'preconnect', 'dns-prefetch', 'stylesheet', 'icon']) {
    const link = document.createElement('link')
    link.rel = rel
    link.href = at('http', rel)
    document.head.append(link)
  }
  try {
    const opened = [new WebSocket(at('ws', 'socket')), new EventSource(at('http', 'events'))]
    for (const each of opened) each.onerror = () => {}
  } catch {
    // Refused at once.
  }
  try {
    const stun = { urls: `stun:127.0.0.1:${udpPort}` }
    const turn = { urls: `turn:127.0.0.1:${port}?transport=tcp`, username: 'x', credential: 'x' }
    const peer = new RTCPeerConnection({ iceServers: [stun, turn] })
    peer.createDataChannel('x')
    await peer.setLocalDescription(await peer.createOffer())
  } catch {
    // Refused at once.
  }
  await new Promise((resolve) => setTimeout(resolve, 500))
}

// The last one: Chromium ends a page that asks for its own inner pages.
test('the page goes nowhere, opens nothing, and asks no other program to', async () => {
  const targets = [
    'https://example.invalid/',
    `http://127.0.0.1:${port}/`,
    'file:///etc/passwd',
    'data:text/html,<h1>no</h1>',
    'mailto:a@example.invalid',
    'app://elsewhere/',
    'app://sprout.elsewhere/',
    'chrome://gpu',
    'devtools://devtools/bundled/inspector.html',
    'javascript:location.hash = "ran"',
    'vscode://file/etc/passwd',
  ]
  // Asked of the window itself: the test's own way into the page waits for pages that never come.
  const { reached, windows, opened } = await running.electron.evaluate(
    async ({ BrowserWindow, shell }, { code, urls }) => {
      const opened: string[] = []
      shell.openExternal = async (url) => void opened.push(url)
      shell.openPath = async (path) => {
        opened.push(path)
        return ''
      }
      const contents = BrowserWindow.getAllWindows()[0]!.webContents
      const reached: string[] = []
      const wait = (ms: number) => new Promise((done) => setTimeout(done, ms))
      for (const url of urls) {
        const leaving = contents.executeJavaScript(`(${code})(${JSON.stringify(url)})`, true)
        await Promise.race([leaving.catch(() => {}), wait(1000)])
        await wait(100)
        reached.push(contents.getURL())
      }
      return { reached, windows: BrowserWindow.getAllWindows().length, opened }
    },
    { code: leaveFor.toString(), urls: targets },
  )
  expect(new Set(reached)).toEqual(new Set(['app://sprout/']))
  expect(windows).toBe(1)
  expect(opened).toEqual([])
  expect(knocks).toEqual([])
})

/** Tries all ways to another page that a page has. Runs in the page. */
function leaveFor(url: string): void {
  window.open(url)
  window.open(url, '_blank', 'nodeIntegration=yes')
  for (const frame of ['', '_blank', '_top']) {
    const link = document.createElement('a')
    link.href = url
    link.target = frame
    document.body.append(link)
    link.click()
    link.remove()
  }
  const form = document.createElement('form')
  form.action = url
  document.body.append(form)
  form.submit()
  form.remove()
  setTimeout(() => (location.href = url))
}
