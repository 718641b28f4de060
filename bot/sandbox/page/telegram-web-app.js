// What of Telegram's script for Mini Apps is played here, as window.Telegram.WebApp: launch data, colours, main and
// back button, haptics (nothing shakes), links, downloads, sharing. https://core.telegram.org/bots/webapps
// It is a script and no module, as Telegram's own.

(() => {
  const launch = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const version = launch.tgWebAppVersion ?? "6.0";
  const listeners = new Map(); // event -> functions
  const waiting = {}; // what the person is asked at the moment -> function
  const post = (eventType, eventData = {}) => parent.postMessage(JSON.stringify({ eventType, eventData }), "*");
  const isVersionAtLeast = (least) => {
    const [ours, theirs] = [version, least].map((one) => one.split(".").map(Number));
    return (ours[0] - theirs[0] || (ours[1] ?? 0) - (theirs[1] ?? 0)) >= 0;
  };

  function onEvent(name, act) {
    listeners.set(name, [...(listeners.get(name) ?? []), act]);
  }
  function offEvent(name, act) {
    listeners.set(name, (listeners.get(name) ?? []).filter((one) => one !== act));
  }
  function tell(name, data) {
    for (const act of listeners.get(name) ?? []) act.call(app, data);
  }
  /** One question at a time, as in the real script. */
  function asked(kind, callback) {
    if (waiting[kind]) throw Error(`WebApp: ${kind} is open already`);
    waiting[kind] = callback ?? (() => {});
  }
  function answered(kind, value) {
    const callback = waiting[kind];
    delete waiting[kind];
    callback?.(value);
  }
  function dress(colours) {
    app.themeParams = colours;
    for (const [name, value] of Object.entries(colours)) {
      document.documentElement.style.setProperty(`--tg-theme-${name.replaceAll("_", "-")}`, value);
    }
    const parts = /^#(..)(..)(..)$/.exec(colours.bg_color ?? "#ffffff").slice(1).map((part) => parseInt(part, 16));
    app.colorScheme = parts.reduce((sum, part) => sum + part) < 384 ? "dark" : "light";
  }

  const main = { text: "Continue", isVisible: false, isActive: true };
  const sayMain = () => post("web_app_setup_main_button", { is_visible: main.isVisible, is_active: main.isActive, text: main.text });
  const MainButton = {
    get text() { return main.text; },
    get isVisible() { return main.isVisible; },
    get isActive() { return main.isActive; },
    setParams({ text, is_visible: visible, is_active: active }) {
      if (text !== undefined && !text.trim()) throw Error("WebApp: the text of the main button is empty");
      main.text = text ?? main.text;
      main.isVisible = visible ?? main.isVisible;
      main.isActive = active ?? main.isActive;
      sayMain();
      return MainButton;
    },
    setText: (text) => MainButton.setParams({ text }),
    show: () => MainButton.setParams({ is_visible: true }),
    hide: () => MainButton.setParams({ is_visible: false }),
    enable: () => MainButton.setParams({ is_active: true }),
    disable: () => MainButton.setParams({ is_active: false }),
    onClick: (act) => onEvent("mainButtonClicked", act),
    offClick: (act) => offEvent("mainButtonClicked", act),
  };
  const showBack = (visible) => post("web_app_setup_back_button", { is_visible: visible });
  const BackButton = {
    show: () => showBack(true),
    hide: () => showBack(false),
    onClick: (act) => onEvent("backButtonClicked", act),
    offClick: (act) => offEvent("backButtonClicked", act),
  };
  const shake = (data) => post("web_app_trigger_haptic_feedback", data);

  const app = {
    initData: launch.tgWebAppData ?? "",
    version,
    platform: launch.tgWebAppPlatform ?? "unknown",
    colorScheme: "light",
    themeParams: {},
    isExpanded: true,
    MainButton,
    BackButton,
    HapticFeedback: {
      impactOccurred: (style) => shake({ type: "impact", impact_style: style }),
      notificationOccurred: (type) => shake({ type: "notification", notification_type: type }),
      selectionChanged: () => shake({ type: "selection_change" }),
    },
    isVersionAtLeast,
    onEvent,
    offEvent,
    ready: () => post("web_app_ready"),
    expand: () => post("web_app_expand"),
    close: () => post("web_app_close"),
    setHeaderColor: (key) => post("web_app_set_header_color", { color_key: key }),
    setBackgroundColor: (key) => post("web_app_set_background_color", { color_key: key }),
    enableVerticalSwipes: () => post("web_app_setup_swipe_behavior", { allow_vertical_swipe: true }),
    disableVerticalSwipes: () => post("web_app_setup_swipe_behavior", { allow_vertical_swipe: false }),
    openLink: (url) => post("web_app_open_link", { url }),
    openTelegramLink: (url) => post("web_app_open_tg_link", { path_full: new URL(url).pathname + new URL(url).search }),
    shareMessage(id, callback) {
      asked("share", callback);
      post("web_app_send_prepared_message", { id });
    },
    downloadFile({ url, file_name: name }, callback) {
      if (new URL(url).protocol !== "https:") throw Error("WebApp: only https addresses can be downloaded");
      asked("download", callback);
      post("web_app_request_file_download", { url, file_name: name });
    },
  };

  const HEARD = {
    main_button_pressed: () => main.isVisible && main.isActive && tell("mainButtonClicked"),
    back_button_pressed: () => tell("backButtonClicked"),
    theme_changed({ theme_params: colours }) {
      dress(colours);
      tell("themeChanged");
    },
    viewport_changed: ({ is_state_stable: stable }) => tell("viewportChanged", { isStateStable: stable }),
    prepared_message_sent() {
      tell("shareMessageSent");
      answered("share", true);
    },
    prepared_message_failed({ error }) {
      tell("shareMessageFailed", { error });
      answered("share", false);
    },
    file_download_requested({ status }) {
      tell("fileDownloadRequested", { status });
      answered("download", status === "downloading");
    },
  };
  addEventListener("message", ({ source, data }) => {
    if (source !== parent) return;
    let said;
    try {
      said = JSON.parse(data);
    } catch {
      return; // somebody else's words
    }
    HEARD[said?.eventType]?.(said.eventData ?? {});
  });

  dress(JSON.parse(launch.tgWebAppThemeParams || "{}"));
  window.Telegram = { WebApp: app };
  post("iframe_ready", { reload_supported: false });
  post("web_app_request_theme");
  post("web_app_request_viewport");
})();
