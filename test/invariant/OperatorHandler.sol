// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {DeedId, DeedKind} from "../../contracts/types/DeedId.sol";
import {LeafKind} from "../../contracts/types/Leaf.sol";
import {MerkleTree} from "../helpers/MerkleTree.sol";
import {HostileWallet} from "./HostileWallet.sol";
import {OracleHandler} from "./OracleHandler.sol";

/// @title OperatorHandler
/// @notice What operators may do with deeds and R1, wallets that misbehave among them.
abstract contract OperatorHandler is OracleHandler {
    uint256 private constant GAS = 5_000_000;

    // ---------------------------------------------------------------- actions: deeds

    function elapse(uint256 time) external acts {
        bool far = time % 8 == 0;
        vm.warp(_now() + (far ? _between(time, 10 days, 60 days) : _between(time, 10 minutes, 40 hours)));
        ++done["elapse"];
    }

    function buy(uint256 actor, uint256 count) public acts {
        address buyer = _actor(actor);
        count = _between(count, 1, 3);
        if (deeds.length + count > MOST_DEEDS) return;
        _refreshFeed();
        (, uint256 payment) = sale.quote(count);
        if (!_endowFromTreasury(buyer, payment)) return;
        uint256 burned = r1.totalBurned();
        uint256 pooled = r1.balanceOf(address(pools[0])) + r1.balanceOf(address(pools[1]));
        bool can = !sale.paused() && operators.isApproved(buyer);
        _agrees(buyer);
        vm.prank(buyer);
        r1.approve(address(sale), payment);
        uint256 deadline = _now();
        vm.prank(buyer);
        try sale.buy(count, payment, deadline, buyer) returns (uint256 firstId) {
            _must(can, "a sale that must not be");
            for (uint256 i = 0; i < count; ++i) _keep(_nd(firstId + i), buyer);
        } catch {
            _must(!can, "a sale was refused");
            return;
        }
        burned = r1.totalBurned() - burned;
        _must(burned == payment / 5, "a fifth is burned");
        paid += payment;
        burnedBySale += burned;
        paidToPools += r1.balanceOf(address(pools[0])) + r1.balanceOf(address(pools[1])) - pooled;
        ++done["buy"];
    }

    function associate(uint256 which, uint256 nodeIndex) external acts {
        DeedId deed = _deed(which);
        uint256 key = nodeKeys[nodeIndex % NODES];
        address owner = expectedOwner[deed];
        uint256 since = nodes.associatedAt(deed);
        bool can = !nodes.paused() && operators.isApproved(owner) && nodes.deedOf(vm.addr(key)).isNone();
        can = can && _inGoodStanding(deed) && (since == 0 || _now() >= since + DELAY);
        uint256 deadline = _now();
        bytes memory consent = _consent(key, deed, owner, deadline);
        vm.prank(owner);
        try nodes.associate(deed, vm.addr(key), deadline, consent) {
            _must(can, "an association that must not be");
            _noteAssociation(deed);
            ++done["associate"];
        } catch {
            _must(!can, "an association was refused");
        }
    }

    /// @notice By the owner or the node; nothing stops it.
    function dissociate(uint256 which, uint256 who) external acts {
        DeedId deed = _deed(which);
        address node = nodes.nodeOf(deed);
        if (node == address(0)) return;
        vm.prank(who % 2 == 0 ? expectedOwner[deed] : node);
        nodes.dissociate(deed);
        ++done["dissociate"];
    }

    /// @notice Sells or gives a deed, also with a call of the receiver, who may be in any mood.
    function transfer(uint256 which, uint256 actor, uint256 how) external acts {
        DeedId deed = _deed(which);
        address to = _actor(actor);
        bool isSafe = how % 2 == 1;
        bool moves = deed.kind() == DeedKind.Node && _inGoodStanding(deed) && operators.isApproved(to);
        if (isSafe && to.code.length != 0) {
            HostileWallet.Mood mood = HostileWallet.Mood(how % 5);
            HostileWallet(to).setMood(mood);
            moves = moves && (mood == HostileWallet.Mood.Accept || mood == HostileWallet.Mood.Reenter);
        }
        bool moved = _transfer(deed, to, isSafe);
        _must(moved == moves, "a deed moved, or stayed, against the rules");
        if (moved) _must(nodes.nodeOf(deed).code.length == 0 && nodes.nodeOf(deed) == address(0), "sold with its node");
        if (isSafe && !moved) ++done["a receiver refuses"];
        if (moved) ++done["transfer"];
    }

    /// @notice A deed is given to a wallet that claims for it twice, refunds a job twice and passes it on, inside the call.
    function ambush(uint256 which, uint256 actor, uint256 next) external settled acts {
        DeedId deed = _nodeDeed(which);
        address last = _actor(next);
        HostileWallet wallet = HostileWallet(actors[EXTERNALLY_OWNED + (actor % (ACTORS - EXTERNALLY_OWNED))]);
        uint256 due = _plan(wallet, deed, last);
        _agrees(address(escrow));
        uint256 minted = r1.totalMinted();
        uint256 escrowed = r1.balanceOf(address(escrow));
        bool moved = _transfer(deed, address(wallet), true);
        uint256 succeeded = wallet.succeeded();
        wallet.forget();
        if (!moved) return;
        _must(r1.totalMinted() - minted == (_inGoodStanding(deed) ? due : 0), "a claim inside a transfer pays once");
        mintedByClaims += r1.totalMinted() - minted;
        _noteRefund(1, escrowed - r1.balanceOf(address(escrow)));
        if (succeeded > 1) ++done["ambush"];
        address owner = nodeDeed.ownerOf(deed.tokenId());
        _must(owner == last || owner == address(wallet), "a deed went astray");
        expectedOwner[deed] = owner;
    }

    function setPayee(uint256 actor, uint256 to) external acts {
        address[4] memory choices = [address(0), payee, developers[1], actors[5]];
        vm.prank(_actor(actor));
        operators.setPayee(choices[to % 4]);
        ++done["setPayee"];
    }

    // ---------------------------------------------------------------- actions: R1

    function claim(uint256 which) public settled acts {
        if (active == 0) return;
        _claim(active, which);
    }

    /// @notice Claims by a root that is pending, or by one that was disproved.
    function claimTooMuch(uint256 which) external settled acts {
        if (pending != 0) {
            _requireNoClaim(pending, which, "a pending root paid");
            ++done["claim pending"];
        }
        // Another quorum may have committed the very same tree again.
        Sheet storage sheet = sheets[lastDisproved];
        if (lastDisproved == 0 || rootAt[sheet.epoch] == sheet.tree[0]) return;
        _requireNoClaim(lastDisproved, which, "a disproved root paid");
        ++done["claim disproved"];
    }

    function claimMany(uint256 mask) external settled acts {
        if (active == 0) return;
        uint256[] memory chosen = _chosen(mask);
        if (chosen.length == 0) return;
        Sheet storage sheet = sheets[active];
        DeedId[] memory which = new DeedId[](chosen.length);
        uint256[] memory values = new uint256[](chosen.length);
        uint256 expected = 0;
        for (uint256 i = 0; i < chosen.length; ++i) {
            (which[i], values[i]) = (subjects[chosen[i]].deed, sheet.values[chosen[i]]);
            expected += _claimDue(which[i], sheet.epoch, values[i]);
        }
        (bytes32[] memory proof, bool[] memory flags) = MerkleTree.multiproof(sheet.tree, chosen);
        uint256 amount = rewards.claimMany(sheet.epoch, which, values, proof, flags);
        _must(amount == expected, "a batch pays what single claims pay");
        mintedByClaims += amount;
        if (amount != 0) ++done["claimMany"];
    }

    function burn(uint256 actor, uint256 amount) external acts {
        address holder = _actor(actor);
        amount = _between(amount, 0, r1.balanceOf(holder));
        if (amount == 0) return;
        _agrees(holder);
        vm.prank(holder);
        r1.burn(amount);
        burnedByHolders += amount;
        ++done["burn"];
    }

    // ---------------------------------------------------------------- inside

    /// @dev What a claim mints, by the rules: nothing for the banned, nothing twice, nothing above the bound.
    function _claimDue(DeedId deed, uint64 epoch, uint256 value) internal view returns (uint256) {
        IDeed collection = _collection(deed);
        uint256 id = deed.tokenId();
        uint256 claimed = collection.recordOf(id).claimed;
        if (!_inGoodStanding(deed) || value <= claimed || value > _boundOf(deed, epoch)) return 0;
        return collection.mintedAt(id, value) - collection.mintedAt(id, claimed);
    }

    /// @dev Claims one leaf of a sheet, and sees that it is paid exactly when and as the rules say.
    function _claim(uint256 sheet, uint256 which) internal {
        which = which % sheets[sheet].values.length;
        if (subjects[which].kind != LeafKind.Availability) return;
        DeedId deed = subjects[which].deed;
        (uint256 value, bytes32[] memory proof) = _proven(sheet, which);
        uint64 epoch = sheets[sheet].epoch;
        uint256 expected = _claimDue(deed, epoch, value);
        _must(rewards.claimable(deed, epoch, value) == expected, "claimable tells the rule");
        bool isGenesis = deed.kind() == DeedKind.Genesis;
        address to = isGenesis ? address(pools[0]) : _payeeOf(expectedOwner[deed]);
        uint256 before = r1.balanceOf(to);
        try rewards.claim(deed, epoch, value, proof) returns (uint256 amount) {
            _must(amount == expected && _inGoodStanding(deed), "a claim pays what is due");
            uint256 part = isGenesis ? (amount * 2671) / 10_000 : amount;
            _must(r1.balanceOf(to) - before == part, "to the payee of the owner");
            mintedByClaims += amount;
            ++done["claim"];
        } catch {
            _must(expected == 0, "what is claimable was refused");
            ++done["claim refused"];
        }
    }

    function _noteRefund(uint256 jobId, uint256 amount) internal virtual;

    function _transfer(DeedId deed, address to, bool isSafe) internal returns (bool moved) {
        address from = expectedOwner[deed];
        string memory name =
            isSafe ? "safeTransferFrom(address,address,uint256)" : "transferFrom(address,address,uint256)";
        bytes memory call = abi.encodeWithSignature(name, from, to, deed.tokenId());
        address collection = address(_collection(deed));
        vm.prank(from);
        (moved, ) = collection.call{gas: GAS}(call);
        if (moved) expectedOwner[deed] = to;
    }

    /// @dev What the wallet does when it is given the deed; tells what one claim for it pays.
    function _plan(HostileWallet wallet, DeedId deed, address last) private returns (uint256 due) {
        wallet.setMood(HostileWallet.Mood.Reenter);
        wallet.forget();
        uint256 position = positions[DeedId.unwrap(deed)] - 1;
        if (active != 0 && position < sheets[active].values.length) {
            (uint256 value, bytes32[] memory proof) = _proven(active, position);
            due = _claimDue(deed, sheets[active].epoch, value);
            bytes memory claim_ = abi.encodeCall(rewards.claim, (deed, sheets[active].epoch, value, proof));
            wallet.plan(address(rewards), claim_);
            wallet.plan(address(rewards), claim_);
        }
        wallet.plan(address(escrow), abi.encodeCall(escrow.refund, (1)));
        wallet.plan(address(escrow), abi.encodeCall(escrow.refund, (1)));
        wallet.plan(
            address(nodeDeed),
            abi.encodeWithSignature("transferFrom(address,address,uint256)", address(wallet), last, deed.tokenId())
        );
    }

    function _requireNoClaim(uint256 sheet, uint256 which, string memory otherwise) private {
        which = which % sheets[sheet].values.length;
        if (subjects[which].kind != LeafKind.Availability) which = 0;
        (uint256 value, bytes32[] memory proof) = _proven(sheet, which);
        try rewards.claim(subjects[which].deed, sheets[sheet].epoch, value, proof) {
            _must(false, otherwise);
        } catch {}
    }

    /// @dev Availability leaves of the active sheet whose bits are set.
    function _chosen(uint256 mask) internal view returns (uint256[] memory chosen) {
        uint256 size = sheets[active].values.length;
        uint256 count = 0;
        for (uint256 i = 0; i < size; ++i) if (_isChosen(mask, i)) ++count;
        chosen = new uint256[](count);
        for (uint256 i = size; i > 0; --i) if (_isChosen(mask, i - 1)) chosen[--count] = i - 1;
    }

    function _isChosen(uint256 mask, uint256 which) private view returns (bool) {
        return (mask >> which) & 1 == 1 && subjects[which].kind == LeafKind.Availability;
    }
}
