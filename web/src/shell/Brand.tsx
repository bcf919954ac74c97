/** The sign: a watch post's lamp over a V. */
export function Brand() {
  return (
    <>
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#14344c" />
        <path d="M6 9l10 16L26 9h-4.6L16 18 10.6 9z" fill="#7fd1de" />
        <circle cx="16" cy="8.5" r="2.6" fill="#f3b54a" />
      </svg>
      <span>
        Vedette{' '}
        <span className="zh" lang="zh-CN">
          前哨
        </span>
      </span>
    </>
  )
}
