import '@mantine/core/styles.layer.css';
import './app/global.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLanguages } from '@/app/i18n';
import { Providers } from '@/app/providers';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

await startLanguages();
createRoot(root).render(
  <StrictMode>
    <Providers />
  </StrictMode>,
);
