import {
  app,
  clipboard,
  dialog,
  Notification,
  shell as desktop,
  type BrowserWindow,
} from 'electron'
import { join, resolve, sep } from 'node:path'
import type { shell } from '../../shared/protocol/shell'
import type { Handlers } from '../../shared/protocol/service'
import { chooseTheme, currentTheme } from './appearance'
import { ChosenFiles, suggestedPath, withExtension } from './chosenFiles'
import type { Closing } from './closing'
import type { Trainers } from './trainers'
import { trayIcon } from './trayIcon'

/** What the shell protocol's answers come from. */
export type ShellParts = {
  window: BrowserWindow
  trainers: Trainers
  home: string
  closing: Closing
  /** Hands the window a port to the run's trainer; false when none is up. */
  handOverTrainer(runId: string): boolean
}

/** Set by tests in place of a person in front of a dialog; an installed app ignores it. */
function chosenByTest(variable: string): string | null {
  return app.isPackaged ? null : (process.env[variable] ?? null)
}

async function chooseFolder(window: BrowserWindow): Promise<string | null> {
  const chosen = chosenByTest('SPROUT_TEST_FOLDER')
  if (chosen !== null) return chosen
  const { filePaths } = await dialog.showOpenDialog(window, { properties: ['openDirectory'] })
  return filePaths[0] ?? null
}

async function chooseSaveFile(
  window: BrowserWindow,
  { suggestedName, extension }: { suggestedName: string; extension: string },
): Promise<string | null> {
  const chosen = chosenByTest('SPROUT_TEST_SAVE_FILE')
  if (chosen !== null) return chosen
  const { filePath, canceled } = await dialog.showSaveDialog(window, {
    defaultPath: suggestedPath(app.getPath('pictures'), suggestedName, extension),
    filters: extension === '' ? [] : [{ name: extension.toUpperCase(), extensions: [extension] }],
  })
  return canceled || !filePath ? null : withExtension(filePath, extension)
}

async function chooseOpenFile(
  window: BrowserWindow,
  { extensions }: { extensions: string[] },
): Promise<string | null> {
  const chosen = chosenByTest('SPROUT_TEST_OPEN_FILE')
  if (chosen !== null) return chosen
  const { filePaths } = await dialog.showOpenDialog(window, {
    properties: ['openFile'],
    filters: [{ name: extensions.map((each) => `.${each}`).join(', '), extensions }],
  })
  return filePaths[0] ?? null
}

function notify(window: BrowserWindow, title: string, body: string, click: () => void): boolean {
  if (window.isFocused() || !Notification.isSupported()) return false
  const notification = new Notification({ title, body })
  notification.on('click', click)
  notification.show()
  return true
}

/** Only copies of runs leave in this way: the page is not to name just any file. */
function dragFile(window: BrowserWindow, home: string, file: string): void {
  if (!resolve(file).startsWith(join(home, 'copies') + sep)) {
    throw new Error(`${file} is not a copy of a run.`)
  }
  window.webContents.startDrag({ file, icon: trayIcon() })
}

/** Answers the shell protocol for one window. */
export function shellHandlers(parts: ShellParts): Handlers<typeof shell> {
  const { window, trainers, home, closing, handOverTrainer } = parts
  const chosen = new ChosenFiles(home)
  return {
    chooseFolder: () => chooseFolder(window),
    chooseSaveFile: async (wanted) => {
      const file = await chooseSaveFile(window, wanted)
      if (file !== null) chosen.add(file)
      return file
    },
    copyText: async ({ text }) => clipboard.writeText(text),
    chooseOpenFile: (wanted) => chooseOpenFile(window, wanted),
    dragFile: async ({ file }) => dragFile(window, home, file),
    showInFolder: async ({ file }) => desktop.showItemInFolder(chosen.checked(file)),
    train: async ({ runId, device }) => trainers.train(runId, device),
    leaveQueue: async ({ runId }) => trainers.leaveQueue(runId),
    watch: async ({ runId }) => handOverTrainer(runId),
    trainingRuns: async () => trainers.state,
    theme: async () => currentTheme(),
    setTheme: async ({ theme }) => chooseTheme(theme),
    answerClose: async ({ choice, remember }) => closing.answer(choice, remember),
    whenClosing: async () => closing.whenClosing,
    setWhenClosing: async ({ wanted }) => closing.remember(wanted),
    notify: async ({ title, body }) => notify(window, title, body, () => closing.bringBack()),
    about: async () => ({
      version: app.getVersion(),
      electron: process.versions.electron ?? '',
      home,
    }),
  }
}
