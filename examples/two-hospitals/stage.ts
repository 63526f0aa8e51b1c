import { hospitals, lineOf, type Side, speakerOf, turnOf } from "./cast.ts";
import { Program } from "./program.ts";
import { Progress } from "./progress.ts";
import type { Screen } from "./screen.ts";
import type { HospitalOrder, HospitalReport, RelayOrder, RelayReport } from "./talk.ts";
import { Waiting } from "./waiting.ts";

/** Whose client it is, where it keeps everything, and the key that seals it, in hexadecimal. */
export interface Part {
  readonly person: string;
  readonly database: string;
  readonly storeKey: string;
}

/** What a play needs. */
export interface StageOptions {
  readonly lines: readonly string[];
  /** The relay's file. */
  readonly relayDatabase: string;
  /** The files of each side. */
  readonly parts: readonly [Part, Part];
  /** How many lines may be on their way at a time. */
  readonly window: number;
  /** After so many milliseconds without any news the play is given up. */
  readonly patience: number;
  readonly screen: Screen;
}

interface Hospital {
  readonly program: Program<HospitalOrder, HospitalReport>;
  isOnline: boolean;
  isReady: boolean;
  /** What it found in its store when it was started again. */
  resumed: { readonly own: number; readonly others: number } | undefined;
}

/** Three processes and what happens to them: a relay, two hospitals, and two crashes half-way. */
export class Stage {
  readonly #options: StageOptions;
  readonly #progress: Progress;
  readonly #waiting: Waiting;
  readonly #hospitals: (Hospital | undefined)[] = [undefined, undefined];
  #relay: Program<RelayOrder, RelayReport> | undefined;
  #port = 0;

  constructor(options: StageOptions) {
    this.#options = options;
    this.#progress = new Progress(options.lines, options.window);
    this.#waiting = new Waiting(options.patience);
  }

  /** Plays all lines. Rejects where a program fails, or nothing happens any more. */
  async play(): Promise<void> {
    const half = Math.max(0, Math.ceil(this.#options.lines.length / 2) - 1);
    await this.#openConversation();
    await this.#until(() => this.#progress.isQueued(half));
    await this.#killHospital(speakerOf(half));
    await this.#until(() => this.#progress.isQueued(half + 1));
    await this.#killRelay();
    await this.#until(() => this.#progress.isComplete);
    await this.#close();
  }

  async #openConversation(): Promise<void> {
    // All three start at once; the second hospital has to be known to the relay before the first can write to it.
    const [first, second] = [this.#enter(0), this.#enter(1)];
    await this.#startRelay();
    this.#start(1, undefined);
    await this.#until(() => second.isOnline);
    this.#start(0, hospitals[1].person);
    await this.#until(() => first.isReady && second.isReady);
    this.#say(this.#progress.due());
  }

  async #killHospital(side: Side): Promise<void> {
    const { name } = hospitals[side];
    const { screen } = this.#options;
    const victim = this.#hospitals[side];
    this.#hospitals[side] = undefined;
    screen.notice(`${name}: the client is killed with SIGKILL (process ${victim?.program.id})`);
    await victim?.program.kill();
    const successor = this.#enter(side);
    this.#start(side, undefined);
    await this.#until(() => successor.isReady);
    const { own, others } = successor.resumed ?? { own: 0, others: 0 };
    screen.notice(
      `${name}: started again (process ${successor.program.id}); its file holds ${own} messages said, ${others} heard`,
    );
  }

  async #killRelay(): Promise<void> {
    const { screen } = this.#options;
    screen.notice(`Relay: killed with SIGKILL (process ${this.#relay?.id})`);
    await this.#relay?.kill();
    await this.#startRelay();
    screen.notice(`Relay: started again (process ${this.#relay?.id}) on the same file`);
  }

  async #close(): Promise<void> {
    for (const hospital of this.#hospitals) hospital?.program.tell({ type: "end" });
    await Promise.all(this.#hospitals.map((hospital) => hospital?.program.end()));
    this.#relay?.tell({ type: "end" });
    await this.#relay?.end();
  }

  async #startRelay(): Promise<void> {
    let isListening = false;
    this.#relay = new Program<RelayOrder, RelayReport>("relay.ts", {
      onReport: ({ port }) => {
        this.#port = port;
        isListening = true;
        this.#waiting.news();
      },
      onCrash: (reason) => this.#waiting.fail(new Error(reason)),
    });
    this.#relay.tell({ type: "start", database: this.#options.relayDatabase, port: this.#port });
    await this.#until(() => isListening);
  }

  #enter(side: Side): Hospital {
    const hospital: Hospital = {
      program: new Program<HospitalOrder, HospitalReport>("hospital.ts", {
        onReport: (report) => this.#hear(side, hospital, report),
        onCrash: (reason) => this.#waiting.fail(new Error(`${hospitals[side].name}: ${reason}`)),
      }),
      isOnline: false,
      isReady: false,
      resumed: undefined,
    };
    this.#hospitals[side] = hospital;
    return hospital;
  }

  #start(side: Side, opensWith: string | undefined): void {
    const url = `ws://127.0.0.1:${this.#port}`;
    this.#hospitals[side]?.program.tell({ type: "start", ...this.#options.parts[side], url, opensWith });
  }

  #hear(side: Side, hospital: Hospital, report: HospitalReport): void {
    if (report.type === "connection") this.#connect(side, hospital, report.state === "online");
    else if (report.type === "resumed") hospital.resumed = report;
    else if (report.type === "ready") {
      hospital.isReady = true;
      this.#say(this.#progress.since(side, hospital.resumed?.own ?? 0));
    } else if (report.type === "step") this.#climb(lineOf(side, report.turn), report);
    else this.#options.screen.problem(`${hospitals[side].name}: ${report.code}`);
    this.#waiting.news();
  }

  /** Being offline is normal; it is worth a line where a client that was at work loses its relay. */
  #connect(side: Side, hospital: Hospital, isOnline: boolean): void {
    if (hospital.isReady)
      this.#options.screen.notice(`${hospitals[side].name}: ${isOnline ? "online" : "offline"}`);
    hospital.isOnline = isOnline;
  }

  #climb(line: number, { status, text }: Extract<HospitalReport, { type: "step" }>): void {
    if (status === "failed") this.#waiting.fail(new Error(`line ${line + 1} will never be sent`));
    if (!this.#progress.climb(line, status)) return;
    this.#options.screen.climb(line, status, text);
    this.#say(this.#progress.due());
  }

  #say(lines: readonly number[]): void {
    for (const line of lines) {
      const hospital = this.#hospitals[speakerOf(line)];
      const text = this.#options.lines[line];
      if (hospital?.isReady === true && text !== undefined) {
        hospital.program.tell({ type: "say", turn: turnOf(line), text });
      }
    }
  }

  #until(condition: () => boolean): Promise<void> {
    return this.#waiting.until(condition);
  }
}
