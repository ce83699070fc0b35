import { app, ipcMain, session } from 'electron'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { because } from '../../shared/domain/explanation'
import { restoreTheme } from './appearance'
import { Closing } from './closing'
import { ClosingMemory } from './closingMemory'
import { crashReport } from './crashReport'
import { LibraryKeeper } from './libraryKeeper'
import { watchLife } from './lifeWatch'
import { installMenu } from './menu'
import { refuseRequests, switchNetworkOff } from './noNetwork'
import { Presence } from './presence'
import { declareAppScheme, serveApp } from './serveApp'
import { Trainers } from './trainers'
import { TrainingWatch } from './trainingWatch'
import { utilityJobs } from './utilityJobs'
import { confine, isOwnPage, openWindow, refusePermissions } from './window'
import { WindowPorts, type Workers } from './windowPorts'
import { WorkerProcess } from './workerProcess'

/** How long a trainer may take to save before the app closes without it. */
const STOP_PATIENCE_MS = 30_000

/** So long may a trainer be silent before it counts as hung. */
const SILENCE_MS = 10 * 60_000
/** After so many crashes of a run in a row there is a report about them. */
const CRASHES_IN_A_ROW = 3

/** Tests do not wait that long; an installed app ignores them. */
function silenceLimit(): number {
  const wanted = app.isPackaged ? undefined : process.env.SPROUT_TEST_SILENCE_MS
  return wanted === undefined ? SILENCE_MS : Number(wanted)
}

/** Where runs and datasets are; one's own folder gets its own window state, too, and its own single instance. */
function settleHome(): string {
  const own = process.env.SPROUT_HOME
  if (!own) return app.getPath('userData')
  const windowState = join(own, 'window')
  mkdirSync(windowState, { recursive: true })
  app.setPath('userData', windowState)
  return own
}

/** Starts the workers and tells the open window, and the system, what becomes of them. */
function startWorkers(
  home: string,
  ports: () => WindowPorts | null,
  watch: TrainingWatch,
): Workers {
  const entry = (name: string) => join(app.getAppPath(), 'out/main', `${name}.cjs`)
  const jobs = utilityJobs(entry('job'), home)
  const library = new LibraryKeeper(
    () => new WorkerProcess({ name: 'library', module: entry('library'), home, jobs }),
    ({ message, why }) => {
      ports()?.emit('workerDied', { worker: 'library', runId: null, message, why })
      ports()?.handOverLibrary()
    },
  )
  const trainers: Trainers = new Trainers(
    (runId, device) => {
      const worker = new WorkerProcess({
        name: 'trainer',
        module: entry('trainer'),
        args: ['--run', runId, ...(device === undefined ? [] : ['--device', device])],
        home,
        jobs,
      })
      watchLife(worker, silenceLimit(), (seconds) =>
        worker.endSilent(
          because('worker_silent', { worker: 'trainer', seconds: Math.round(seconds) }),
        ),
      )
      return worker
    },
    {
      changed: (state) => {
        if (state.training === null) watch.rest()
        ports()?.emit('trainersChanged', state)
      },
      started: (runId) => {
        const port = trainers.connect(runId)
        if (port !== null) watch.follow(port)
        ports()?.handOverTrainer(runId)
      },
      died: (runId, { message, why }, deaths) => {
        const crashes = deaths.length
        const often = crashes >= CRASHES_IN_A_ROW
        const about = { version: app.getVersion(), electron: process.versions.electron ?? '' }
        const report = often ? crashReport(deaths, about) : null
        ports()?.emit('workerDied', { worker: 'trainer', runId, message, why, crashes, report })
      },
    },
  )
  return { library, trainers, home }
}

/** Quits only once the trainer has saved and the library is down. */
function quitInOrder({ library, trainers }: Workers): void {
  let stopping = false
  let stopped = false
  app.on('before-quit', (event) => {
    if (stopped) return
    event.preventDefault()
    if (stopping) return
    stopping = true
    void trainers
      .stopAll(STOP_PATIENCE_MS)
      .then(() => library.stop())
      .then(() => {
        stopped = true
        app.quit()
      })
  })
}

async function main(): Promise<void> {
  const home = settleHome()
  if (!app.requestSingleInstanceLock()) return app.quit()
  declareAppScheme()
  switchNetworkOff()
  app.on('web-contents-created', (_event, contents) => confine(contents))
  await app.whenReady()

  restoreTheme()
  serveApp(session.defaultSession, join(app.getAppPath(), 'out/renderer'))
  refusePermissions(session.defaultSession)
  refuseRequests(session.defaultSession, !app.isPackaged)
  installMenu(app.getLocale(), !app.isPackaged)

  let open: { window: ReturnType<typeof openWindow>; ports: WindowPorts } | null = null
  const presence = new Presence(() => open?.window ?? null)
  const watch = new TrainingWatch((sign) => presence.show(sign))
  const workers = startWorkers(home, () => open?.ports ?? null, watch)
  const closing = new Closing({
    training: () => watch.sign.moving,
    ask: () => {
      if (!open?.ports.connected) return false
      open.ports.emit('closeAsked', {})
      return true
    },
    memory: new ClosingMemory(join(home, 'closing.json')),
  })
  const show = () => {
    const window = openWindow(app.getAppPath())
    open = { window, ports: new WindowPorts(window, { ...workers, closing }) }
    window.on('closed', () => (open = null))
    closing.guard(window)
    presence.show(watch.sign)
  }
  ipcMain.on('connect', ({ sender, senderFrame }) => {
    if (open === null || sender !== open.window.webContents || senderFrame === null) return
    if (senderFrame === sender.mainFrame && isOwnPage(senderFrame.url)) open.ports.connect()
  })
  app.on('second-instance', () => closing.bringBack())
  app.on('activate', () => {
    if (open === null) show()
    else closing.bringBack()
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  quitInOrder(workers)
  show()
}

void main()
