import { Problem } from './problem';

/**
 * Where requests wait while the person signs in again.
 *
 * The session ends while somebody types: the requests that meet that wait here together, a dialog asks for the
 * password over the page as it stands, and then all of them go out again.
 */
class SignInGate {
  #waiting: { promise: Promise<void>; open: () => void; abandon: (problem: Problem) => void } | null = null;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly isClosed = (): boolean => this.#waiting !== null;

  /** Resolves once somebody has signed in again; rejects with `sign_in_abandoned` when they rather leave. */
  wait(): Promise<void> {
    if (this.#waiting === null) {
      let open: () => void = () => {};
      let abandon: (problem: Problem) => void = () => {};
      const promise = new Promise<void>((resolve, reject) => {
        open = resolve;
        abandon = reject;
      });
      this.#waiting = { promise, open, abandon };
      this.#tell();
    }
    return this.#waiting.promise;
  }

  open(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#tell();
    waiting?.open();
  }

  abandon(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#tell();
    waiting?.abandon(Problem.local('sign_in_abandoned', 'Not signed in again.'));
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const signInGate = new SignInGate();
