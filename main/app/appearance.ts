import { app, nativeTheme } from 'electron'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { THEMES, type Theme } from '../../shared/domain/appearance'
import { replaceFile } from '../files/replaceFile'

const FileSchema = v.object({ theme: v.picklist(THEMES) })

function file(): string {
  return join(app.getPath('userData'), 'appearance.json')
}

/** Gives windows, dialogs and menus the colours chosen last; before the first window, so that none flashes. */
export function restoreTheme(): void {
  try {
    nativeTheme.themeSource = v.parse(FileSchema, JSON.parse(readFileSync(file(), 'utf8'))).theme
  } catch {
    // Nothing was chosen yet, or the file is of no use: the system's choice it is.
  }
}

/** What was chosen; the page sees it as its `prefers-color-scheme`. */
export function currentTheme(): Theme {
  return nativeTheme.themeSource
}

/** Chooses the colours and remembers them. */
export function chooseTheme(theme: Theme): void {
  nativeTheme.themeSource = theme
  replaceFile(file(), JSON.stringify({ theme }))
}
