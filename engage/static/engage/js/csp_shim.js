/* What unfold's lists and forms ask of Alpine, registered by name: the strict build evaluates no
   globals. Our own keys take the place of unfold's, so its key handler is left out. */
document.addEventListener("alpine:init", () => {
  const tabInAddress = () => {
    const name = location.hash.slice(1);
    return name && document.getElementById(`${name}-group`) ? name : "";
  };
  Alpine.data("theme", () => ({
    sidebarOpen: true,
    sidebarWidth: 264,
    filterOpen: false,
    filterModalOpen: false,
    openModal: false,
    openCommandResults: false,
    shortcutsOpen: false,
    modalContentClasses: "",
    adminTheme: "auto",
    init() {
      this.$watch("filterOpen", (isOpen) => {
        const backdrop = document.getElementById("changelist-filter-close");
        this.filterModalOpen = Boolean(isOpen && backdrop && getComputedStyle(backdrop).display === "block");
      });
    },
    closeModals() {
      this.openModal = false;
      this.filterModalOpen = false;
      this.filterOpen = false;
    },
    getCurrentTab: tabInAddress,
    formAction: (tab) => location.pathname + location.search + (tab && tab !== "general" ? `#${tab}` : ""),
  }));
  Alpine.data("page", () => ({
    activeTab: "",
    init() {
      this.activeTab = tabInAddress() || document.body.dataset.firstTab || "";
    },
  }));
  for (const name of ["searchForm", "searchDropdown"]) {
    if (window[name]) Alpine.data(name, (...args) => window[name](...args));
  }
});
