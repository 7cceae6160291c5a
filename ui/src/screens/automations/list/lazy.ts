import { lazy } from 'react';

// What is wanted only once the list is there, or somebody asks for it.
export const AutomationMenu = lazy(async () => ({
  default: (await import('./automation-menu')).AutomationMenu,
}));
export const GoDialog = lazy(async () => ({ default: (await import('./go-dialog')).GoDialog }));
export const NewAutomation = lazy(async () => ({
  default: (await import('./new-automation')).NewAutomation,
}));
export const NameDialog = lazy(async () => ({ default: (await import('./name-dialog')).NameDialog }));
export const ImportDialog = lazy(async () => ({ default: (await import('./import-dialog')).ImportDialog }));
export const ConfirmDialog = lazy(async () => ({
  default: (await import('@/components/confirm-dialog')).ConfirmDialog,
}));
