// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A window on the pictures of a folder. It starts a run of the pipeline, which fills a list model,
// and shows that list. What fails is shown in the same grid.

import Gdk from 'gi://Gdk?version=4.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk?version=4.0';

import {Picture, makePipeline} from './gallery-pipeline.js';

const THUMBNAIL_SIZE = 128;
const NAME_WIDTH = 16;
const SHARED = Gio.File.new_for_uri(import.meta.url).resolve_relative_path('../../gtk');
const COLUMNS = ['name', 'active_workers', 'queue_length', 'elements_in', 'elements_out',
    'elements_dropped', 'elements_failed'];

// An inscription takes the same place whatever its text is, so that the grid need not be laid out
// anew for each.
function makeText(cssClass, overflow) {
    return new Gtk.Inscription({
        text_overflow: overflow,
        min_chars: NAME_WIDTH,
        nat_chars: NAME_WIDTH,
        xalign: 0.5,
        css_classes: [cssClass],
    });
}

// Cells have a thumbnail, the name of the file, and its size or what it has failed with.
function makeCellFactory() {
    const factory = new Gtk.SignalListItemFactory();
    factory.connect('setup', (_, item) => {
        const box = new Gtk.Box({
            orientation: Gtk.Orientation.VERTICAL,
            spacing: 2,
            css_classes: ['cell'],
        });
        box.append(new Gtk.Image({
            pixel_size: THUMBNAIL_SIZE,
            width_request: THUMBNAIL_SIZE,
            height_request: THUMBNAIL_SIZE,
        }));
        box.append(makeText('caption-heading', Gtk.InscriptionOverflow.ELLIPSIZE_MIDDLE));
        box.append(makeText('caption', Gtk.InscriptionOverflow.ELLIPSIZE_END));
        item.child = box;
    });
    factory.connect('bind', (_, {item: picture, child: box}) => {
        const image = box.get_first_child();
        const name = image.get_next_sibling();
        if (picture.message === null)
            image.set_from_paintable(picture.makeTexture());
        else
            image.set_from_icon_name('image-missing-symbolic');
        name.text = picture.name;
        name.get_next_sibling().text = picture.details;
        box.css_classes = picture.message === null ? ['cell'] : ['cell', 'failed'];
    });
    factory.connect('unbind', (_, {child: box}) => box.get_first_child().clear());
    return factory;
}

export const GalleryWindow = GObject.registerClass({
    GTypeName: 'GalleryWindow',
    Template: SHARED.get_child('gallery-window.ui').get_uri(),
    Children: ['grid', 'figures', 'progress_bar', 'progress_label', 'time_label', 'subtitle',
        'message', 'error_label', 'error_bar', 'stack', 'kinds'],
}, class GalleryWindow extends Gtk.ApplicationWindow {
    constructor(params) {
        super(params);
        this._ending = new Set();
        this.kinds.visible = false; // there is but one

        const provider = new Gtk.CssProvider();
        provider.load_from_file(SHARED.get_child('gallery.css'));
        Gtk.StyleContext.add_provider_for_display(Gdk.Display.get_default(), provider,
            Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION);
        this.grid.factory = makeCellFactory();

        this._actions = {};
        for (const [name, func] of [
            ['open', () => this._choose()],
            ['cancel', () => this.pictures.cancel()],
            ['restart', () => this._start()],
        ]) {
            this._actions[name] = new Gio.SimpleAction({name});
            this._actions[name].connect('activate', func);
            this.add_action(this._actions[name]);
        }
        this.connect('close-request', () => this._leave());
        this._update();
    }

    open(folder) {
        this._folder = folder;
        this.subtitle.label = folder.get_parse_name();
        this.subtitle.visible = true;
        this._start();
    }

    _choose() {
        const chooser = new Gtk.FileChooserNative({
            title: 'Open a Folder',
            action: Gtk.FileChooserAction.SELECT_FOLDER,
            transient_for: this,
            modal: true,
        });
        this._chooser = chooser; // lives until it has been answered
        chooser.connect('response', (_, response) => {
            if (response === Gtk.ResponseType.ACCEPT)
                this.open(chooser.get_file());
            this._chooser = null;
        });
        chooser.show();
    }

    // A run that is under way is cancelled, and its list kept until it has ended. The grid is to
    // let go of its items now: when the garbage is collected, no JavaScript can run.
    _leave() {
        if (this.pictures?.pending) {
            const {pictures} = this;
            this._ending.add(pictures);
            pictures.connect('notify::pending', () => this._ending.delete(pictures));
            pictures.cancel();
        }
        this.pictures = null;
        this.grid.model = null;
    }

    _start() {
        this._leave();
        this.error_bar.revealed = false;
        this.message.label = 'Looking for pictures…';
        this.stack.visible_child_name = 'message';

        const failed = new Gio.ListStore({item_type: Picture.$gtype});
        this._stages = makePipeline(this._folder, (file, {message}) =>
            failed.append(new Picture({path: file.get_path(), message})));
        const pictures = this._stages.pictures.to_list_model();
        const lists = new Gio.ListStore({item_type: Gio.ListModel.$gtype});
        lists.append(pictures);
        lists.append(failed);
        const model = new Gtk.FlattenListModel({model: lists});
        model.connect('items-changed', () => (this.stack.visible_child_name = 'pictures'));
        this.grid.model = new Gtk.SingleSelection({model, autoselect: false, can_unselect: true});

        this.pictures = pictures;
        pictures.connect('notify::status', () => this._showStatus(pictures));
        pictures.connect('notify::pending', () => this._showEnd(pictures));
        this._update();
    }

    _showEnd(pictures) {
        if (pictures !== this.pictures)
            return;
        this._showStatus(pictures);
        this._update();
        this.message.label = 'There are no pictures';
        const {error} = pictures;
        if (error !== null && !error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED)) {
            this.error_label.label = error.message;
            this.error_bar.revealed = true;
        }
    }

    _showStatus(pictures) {
        if (pictures !== this.pictures)
            return;
        const status = pictures.dup_status();
        const found = status.get_stage_status(this._stages.selected)?.elements_out ?? 0;
        const done = status.get_stage_status(this._stages.thumbnails);
        const nDone = done.elements_out + done.elements_failed + done.elements_timed_out;

        this.progress_label.label = `${nDone} of ${found} pictures${this._getState(pictures)}`;
        this.progress_bar.fraction = found > 0 ? nDone / found : 0;
        this.time_label.label = `${(status.elapsed / GLib.USEC_PER_SEC).toFixed(1)} s`;
        const stages = [...status.get_stages()].reverse();
        stages.forEach((figures, i) => this._showFigures(figures, i + 1));
    }

    _getState({pending, error}) {
        if (pending)
            return '';
        if (error?.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
            return ' — cancelled';
        return error !== null ? ' — failed' : ' — done';
    }

    _showFigures(figures, row) {
        const busy = figures.busy_time;
        const all = busy + figures.input_wait_time + figures.output_wait_time;
        const texts = COLUMNS.map(name => `${figures[name] ?? figures.stage.name}`);
        texts.push(`${all > 0 ? Math.floor(busy * 100 / all) : 0} %`);
        texts.forEach((text, column) => this._showText(column, row, text));
    }

    _showText(column, row, label) {
        const there = this.figures.get_child_at(column, row);
        if (there !== null)
            there.label = label;
        else
            this.figures.attach(new Gtk.Label({label, xalign: column ? 1 : 0}), column, row, 1, 1);
    }

    _update() {
        this._actions.cancel.enabled = this.pictures?.pending ?? false;
        this._actions.restart.enabled = this._folder !== undefined;
    }
});
