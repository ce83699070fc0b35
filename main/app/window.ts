import { BrowserWindow, nativeTheme, type Session, type WebContents } from 'electron'
import { join } from 'node:path'
import { APP_ORIGIN } from './appProtocol'

const MIN_WIDTH = 1280
const MIN_HEIGHT = 800

/** Shown before the page has painted, so that a dark window does not flash white. */
const BACKGROUND = { dark: '#14171a', light: '#f7f7f4' }

/** Opens the window on the page; `appPath` is the app's folder. */
export function openWindow(appPath: string): BrowserWindow {
  const window = new BrowserWindow({
    useContentSize: true,
    width: MIN_WIDTH,
    height: MIN_HEIGHT,
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload: join(appPath, 'out/preload/preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      spellcheck: false,
    },
  })
  window.once('ready-to-show', () => window.show())
  void window.loadURL(`${APP_ORIGIN}/`)
  return window
}

/** True for the app's own page in a main frame: nobody else may ask for ports. */
export function isOwnPage(url: string): boolean {
  return url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`)
}

/** Keeps a page where it is: no way to other pages, no further windows, no embedded ones. */
export function confine(contents: WebContents): void {
  const stay = (event: { preventDefault(): void }, url: string) => {
    if (!isOwnPage(url)) event.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-redirect', stay)
  // Frames, of which there are none; Electron before 25 does not tell of them.
  contents.on('will-frame-navigate', (event) => stay(event, event.url))
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  // Of all ways out this one alone is not a request.
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp')
}

/** Refuses every permission a page can ask for: Sprout's page needs none. */
export function refusePermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
}
