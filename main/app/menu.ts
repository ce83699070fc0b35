import { Menu, type MenuItemConstructorOptions } from 'electron'

type Role = NonNullable<MenuItemConstructorOptions['role']>

/** Electron names its roles in English; these are the same in Chinese. */
const CHINESE: Readonly<Partial<Record<string, string>>> = {
  File: '文件',
  Edit: '编辑',
  View: '视图',
  Window: '窗口',
  close: '关闭窗口',
  quit: '退出',
  undo: '撤销',
  redo: '重做',
  cut: '剪切',
  copy: '复制',
  paste: '粘贴',
  selectAll: '全选',
  reload: '重新加载',
  toggleDevTools: '开发者工具',
  resetZoom: '实际大小',
  zoomIn: '放大',
  zoomOut: '缩小',
  togglefullscreen: '全屏',
  minimize: '最小化',
}

/** Builds the application menu. `development` adds reload and the developer tools. */
export function installMenu(locale: string, development: boolean): void {
  const chinese = locale.startsWith('zh')
  const named = (role: Role): MenuItemConstructorOptions => {
    const label = chinese ? CHINESE[role] : undefined
    return label === undefined ? { role } : { role, label }
  }
  const menu = (title: string, roles: Role[]): MenuItemConstructorOptions => ({
    label: (chinese && CHINESE[title]) || title,
    submenu: roles.map(named),
  })
  const mac = process.platform === 'darwin'
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' as const }] : []),
    menu('File', [mac ? 'close' : 'quit']),
    menu('Edit', ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll']),
    menu('View', [
      ...(development ? (['reload', 'toggleDevTools'] as const) : []),
      'resetZoom',
      'zoomIn',
      'zoomOut',
      'togglefullscreen',
    ]),
    menu('Window', ['minimize', 'close']),
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
