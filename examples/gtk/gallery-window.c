/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gallery-window.h"

#include "gallery-cell.h"
#include "gallery-figures.h"
#include "gallery-picture.h"
#include "gallery-pipeline.h"

/* A window on the pictures of a folder.
 *
 * It starts a run of the pipeline, which fills a list model, and shows that list: nothing here
 * takes elements from the run. What fails is shown in the same grid, behind the pictures. */
struct _GalleryWindow
{
  GtkApplicationWindow parent_instance;

  GtkGridView *grid;
  GtkGrid *figures;
  GtkProgressBar *progress_bar;
  GtkLabel *progress_label;
  GtkLabel *time_label;
  GtkLabel *subtitle;
  GtkLabel *message;
  GtkLabel *error_label;
  GtkInfoBar *error_bar;
  GtkStack *stack;
  GtkDropDown *kinds;

  GFile *folder;
  GtkFileChooserNative *chooser; /* until it has been answered */

  /* of the run, NULL before the first one */
  PlStage *thumbnails;
  PlListModel *pictures;
  GListStore *failed;
  GListStore *lists; /* what the grid shows: the two above, one behind the other */

  GPtrArray *ending; /* lists of runs that have been cancelled, and have not ended yet */
};

G_DEFINE_FINAL_TYPE (GalleryWindow, gallery_window, GTK_TYPE_APPLICATION_WINDOW)

static gboolean
gallery_window_is_busy (GalleryWindow *self)
{
  return self->pictures != NULL && pl_list_model_get_pending (self->pictures);
}

/* Tells how the run has ended, in words. */
static const char *
gallery_window_get_state (GalleryWindow *self)
{
  const GError *error = pl_list_model_get_error (self->pictures);

  if (gallery_window_is_busy (self))
    return "";
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return " — cancelled";
  return error != NULL ? " — failed" : " — done";
}

static void
gallery_window_show_progress (GalleryWindow *self, PlRunStatus *status)
{
  guint n_failed = g_list_model_get_n_items (G_LIST_MODEL (self->failed));
  g_autofree char *failed = NULL;
  g_autofree char *text = NULL;
  g_autofree char *time = NULL;
  guint64 n_done;
  guint64 n_found;

  gallery_pipeline_get_progress (self->thumbnails, status, &n_done, &n_found);
  failed = n_failed > 0 ? g_strdup_printf (", %'u failed", n_failed) : g_strdup ("");
  text = g_strdup_printf ("%'" G_GUINT64_FORMAT " of %'" G_GUINT64_FORMAT " pictures%s%s", n_done,
                          n_found, failed, gallery_window_get_state (self));
  time = g_strdup_printf ("%.1f s", pl_run_status_get_elapsed (status) / (double) G_USEC_PER_SEC);

  gtk_label_set_text (self->progress_label, text);
  gtk_label_set_text (self->time_label, time);
  gtk_progress_bar_set_fraction (self->progress_bar,
                                 n_found > 0 ? (double) n_done / n_found : 0);
}

/* The list notifies this twenty times a second at most, on the main thread. */
static void
gallery_window_status_cb (GalleryWindow *self)
{
  g_autoptr(PlRunStatus) status = pl_list_model_dup_status (self->pictures);

  gallery_window_show_progress (self, status);
  gallery_figures_show (self->figures, status);
}

static void
gallery_window_update_actions (GalleryWindow *self)
{
  GActionMap *map = G_ACTION_MAP (self);
  GAction *cancel = g_action_map_lookup_action (map, "cancel");
  GAction *restart = g_action_map_lookup_action (map, "restart");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (cancel), gallery_window_is_busy (self));
  g_simple_action_set_enabled (G_SIMPLE_ACTION (restart), self->folder != NULL);
}

/* What has failed comes behind the first pictures, or else the grid would keep it in sight, and
 * move down with it. */
static void
gallery_window_show_failed (GalleryWindow *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->lists)) == 1)
    g_list_store_append (self->lists, self->failed);
}

static void
gallery_window_items_cb (GalleryWindow *self)
{
  gtk_stack_set_visible_child_name (self->stack, "pictures");
}

/* The run has ended. What has come of it stays on the screen, whatever it has failed with. */
static void
gallery_window_pending_cb (GalleryWindow *self)
{
  const GError *error = pl_list_model_get_error (self->pictures);

  gallery_window_show_failed (self);
  gallery_window_status_cb (self);
  gallery_window_update_actions (self);

  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      gtk_label_set_text (self->error_label, error->message);
      gtk_info_bar_set_revealed (self->error_bar, TRUE);
    }
  gtk_label_set_text (self->message, "There are no pictures");
}

/* One more file has failed; the run goes on. */
static void
gallery_window_skipped_cb (GalleryWindow *self, const GValue *element, const GError *error)
{
  g_autoptr(GalleryPicture) picture =
    gallery_picture_new_failed (g_value_get_object (element), error->message);

  g_list_store_append (self->failed, picture);
}

static void
gallery_window_ended_cb (GalleryWindow *self, GParamSpec *pspec, PlListModel *pictures)
{
  g_ptr_array_remove (self->ending, pictures);
}

/* A run that is under way is cancelled, and its list kept until it has ended: to drop it earlier
 * would be to wait for it. */
static void
gallery_window_leave_run (GalleryWindow *self)
{
  if (self->pictures == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->pictures, self);
  g_signal_handlers_disconnect_by_data (self->thumbnails, self);
  if (gallery_window_is_busy (self))
    {
      g_signal_connect_swapped (self->pictures, "notify::pending",
                                G_CALLBACK (gallery_window_ended_cb), self);
      g_ptr_array_add (self->ending, g_object_ref (self->pictures));
      pl_list_model_cancel (self->pictures);
    }
  gtk_grid_view_set_model (self->grid, NULL);
  g_clear_object (&self->pictures);
  g_clear_object (&self->thumbnails);
  g_clear_object (&self->failed);
  g_clear_object (&self->lists);
}

/* Shows the pictures of the run, and behind them the files that have failed, as one list. */
static void
gallery_window_show_lists (GalleryWindow *self)
{
  GListModel *lists = G_LIST_MODEL (g_object_ref (self->lists));
  GListModel *items = G_LIST_MODEL (gtk_flatten_list_model_new (lists));
  g_autoptr(GtkSingleSelection) selection = gtk_single_selection_new (items);

  g_signal_connect_swapped (items, "items-changed", G_CALLBACK (gallery_window_items_cb), self);
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (selection));
}

static void
gallery_window_start (GalleryWindow *self)
{
  PlWorkerKind kind = gtk_drop_down_get_selected (self->kinds) == 1 ? PL_WORKER_KIND_PROCESS
                                                                    : PL_WORKER_KIND_THREAD;

  gallery_window_leave_run (self);
  gtk_info_bar_set_revealed (self->error_bar, FALSE);
  gtk_label_set_text (self->message, "Looking for pictures…");
  gtk_stack_set_visible_child_name (self->stack, "message");

  self->thumbnails = gallery_pipeline_new (self->folder, kind);
  self->failed = g_list_store_new (GALLERY_TYPE_PICTURE);
  self->pictures = PL_LIST_MODEL (pl_stage_to_list_model (self->thumbnails));
  self->lists = g_list_store_new (G_TYPE_LIST_MODEL);
  g_list_store_append (self->lists, self->pictures);
  g_signal_connect_swapped (self->thumbnails, "skipped",
                            G_CALLBACK (gallery_window_skipped_cb), self);
  g_signal_connect_swapped (self->pictures, "notify::status",
                            G_CALLBACK (gallery_window_status_cb), self);
  g_signal_connect_swapped (self->pictures, "notify::pending",
                            G_CALLBACK (gallery_window_pending_cb), self);

  /* The lists that the grid shows hear of items first. */
  gallery_window_show_lists (self);
  g_signal_connect_swapped (self->pictures, "items-changed",
                            G_CALLBACK (gallery_window_show_failed), self);
  gallery_window_update_actions (self);
}

static void
gallery_window_response_cb (GalleryWindow *self, int response)
{
  g_autoptr(GFile) folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));

  if (response == GTK_RESPONSE_ACCEPT && folder != NULL)
    gallery_window_open (self, folder);
  g_clear_object (&self->chooser);
}

static void
gallery_window_open_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GalleryWindow *self = user_data;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new ("Open a Folder", GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                               "_Open", "_Cancel");
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (gallery_window_response_cb),
                            self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
gallery_window_cancel_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  pl_list_model_cancel (GALLERY_WINDOW (user_data)->pictures);
}

static void
gallery_window_restart_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gallery_window_start (user_data);
}

static void
gallery_window_kind_cb (GalleryWindow *self)
{
  if (self->folder != NULL)
    gallery_window_start (self);
}

static void
gallery_window_activate_cb (GalleryWindow *self, guint position)
{
  GtkSelectionModel *items = gtk_grid_view_get_model (self->grid);
  g_autoptr(GalleryPicture) picture = g_list_model_get_item (G_LIST_MODEL (items), position);
  g_autofree char *uri = g_file_get_uri (gallery_picture_get_file (picture));

  gtk_show_uri (GTK_WINDOW (self), uri, GDK_CURRENT_TIME);
}

static void
gallery_window_dispose (GObject *object)
{
  GalleryWindow *self = GALLERY_WINDOW (object);

  /* The program may end next, so here it is right to wait. */
  gallery_window_leave_run (self);
  g_ptr_array_set_size (self->ending, 0);
  g_clear_object (&self->chooser);
  g_clear_object (&self->folder);

  G_OBJECT_CLASS (gallery_window_parent_class)->dispose (object);
}

static void
gallery_window_finalize (GObject *object)
{
  g_ptr_array_unref (GALLERY_WINDOW (object)->ending);

  G_OBJECT_CLASS (gallery_window_parent_class)->finalize (object);
}

static void
gallery_window_class_init (GalleryWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = gallery_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = gallery_window_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pypeln/Gallery/gallery-window.ui");
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, grid);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, figures);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, progress_bar);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, progress_label);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, time_label);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, message);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, error_label);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, error_bar);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, GalleryWindow, kinds);
}

static void
gallery_window_init (GalleryWindow *self)
{
  const GActionEntry actions[] = {
    { .name = "open", .activate = gallery_window_open_action },
    { .name = "cancel", .activate = gallery_window_cancel_action },
    { .name = "restart", .activate = gallery_window_restart_action },
  };
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new ();
  g_autoptr(GtkListItemFactory) factory = gallery_cell_factory_new ();

  self->ending = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_css_provider_load_from_resource (provider, "/org/pypeln/Gallery/gallery.css");
  gtk_style_context_add_provider_for_display (gtk_widget_get_display (GTK_WIDGET (self)),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);

  gtk_grid_view_set_factory (self->grid, factory);
  g_signal_connect_swapped (self->grid, "activate", G_CALLBACK (gallery_window_activate_cb), self);
  g_signal_connect_swapped (self->kinds, "notify::selected",
                            G_CALLBACK (gallery_window_kind_cb), self);

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gallery_window_update_actions (self);
}

GtkWidget *
gallery_window_new (GtkApplication *application)
{
  return g_object_new (GALLERY_TYPE_WINDOW, "application", application, NULL);
}

void
gallery_window_open (GalleryWindow *self, GFile *folder)
{
  g_autofree char *name = g_file_get_parse_name (folder);

  g_set_object (&self->folder, folder);
  gtk_label_set_text (self->subtitle, name);
  gtk_widget_set_visible (GTK_WIDGET (self->subtitle), TRUE);
  gallery_window_start (self);
}
