// Before the first paint: the colours and the language of last time, so that nothing flashes.
// A file of its own, since the page's rules allow no inline script.
(() => {
  const root = document.documentElement;
  const kept = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const scheme = kept('tank-color-scheme');
  const dark =
    scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  const language = kept('tank-language') ?? navigator.language;
  root.lang = language.toLowerCase().startsWith('ko') ? 'ko' : 'en';
})();
