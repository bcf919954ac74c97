// Runs before the first paint, so that a chosen theme does not flash the other one. The keys
// are those of src/shell/preferences.ts.
;(function () {
  try {
    var root = document.documentElement
    var theme = localStorage.getItem('vedette.theme')
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
    root.lang = (localStorage.getItem('vedette.language') || navigator.language).slice(0, 2) === 'zh' ? 'zh-CN' : 'en'
  } catch (_) {
    // Storage may be forbidden; the system's theme and language then apply.
  }
})()
