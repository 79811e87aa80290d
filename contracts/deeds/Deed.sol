// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IDeed} from "../interfaces/IDeed.sol";
import {IDeedRenderer} from "../interfaces/IDeedRenderer.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {Emission} from "../libraries/Emission.sol";
import {DeedIdLib, DeedKind} from "../types/DeedId.sol";

/// @title Deed
/// @notice See `IDeed`. A class adds how its deeds are issued, what they mine in all, and along which curve.
/// @dev Ownership is kept here and not in `ERC721`'s private mapping, because a deed's owner and its mining record share one
/// slot: a claim then reads and writes that slot alone.
abstract contract Deed is ERC721, AccessManaged, IERC4906, IDeed {
    /// @notice The parts of the protocol every collection works with.
    /// @param authority The `AccessManager` that governs bans and issuing.
    struct Wiring {
        address authority;
        INodeRegistry nodeRegistry;
        IOperatorRegistry operators;
        IDeedRenderer renderer;
        address rewards;
    }

    /// @param firstEpochPlusOne Zero: never associated.
    struct StoredRecord {
        address owner;
        uint32 firstEpochPlusOne;
        uint32 claimed;
        bool banned;
    }

    bytes4 private constant _ERC4906_ID = 0x49064906;

    /// @inheritdoc IDeed
    DeedKind public immutable KIND;
    /// @inheritdoc IDeed
    uint64 public immutable CLASS_START;
    /// @inheritdoc IDeed
    uint64 public immutable DURATION;

    INodeRegistry public immutable NODE_REGISTRY;
    IOperatorRegistry public immutable OPERATORS;
    IDeedRenderer public immutable RENDERER;
    address public immutable REWARDS;

    mapping(uint256 tokenId => StoredRecord) private _records;
    mapping(address owner => uint256) private _deedCounts;

    bool private immutable _SOULBOUND;

    constructor(
        DeedKind kind,
        bool soulbound,
        uint64 classStart,
        uint64 duration,
        Wiring memory wiring
    ) AccessManaged(wiring.authority) {
        _SOULBOUND = soulbound;
        KIND = kind;
        CLASS_START = classStart;
        DURATION = duration;
        NODE_REGISTRY = wiring.nodeRegistry;
        OPERATORS = wiring.operators;
        RENDERER = wiring.renderer;
        REWARDS = wiring.rewards;
    }

    /// @inheritdoc IDeed
    function ban(uint256 tokenId, string calldata reason) external restricted {
        if (bytes(reason).length == 0) revert Deed_NoReason();
        StoredRecord storage record = _materialise(tokenId);
        if (record.banned) revert Deed_Banned(tokenId);
        record.banned = true;
        emit DeedBanned(tokenId, reason);
    }

    /// @inheritdoc IDeed
    function unban(uint256 tokenId) external restricted {
        if (!_records[tokenId].banned) revert Deed_NotBanned(tokenId);
        _records[tokenId].banned = false;
        emit DeedUnbanned(tokenId);
    }

    /// @inheritdoc IDeed
    function recordAssociation(uint256 tokenId, uint64 epoch) external returns (address owner) {
        if (msg.sender != address(NODE_REGISTRY)) revert Deed_NotNodeRegistry(msg.sender);
        StoredRecord storage record = _materialise(tokenId);
        if (record.banned) revert Deed_Banned(tokenId);
        if (record.firstEpochPlusOne == 0) record.firstEpochPlusOne = SafeCast.toUint32(epoch + 1);
        return record.owner;
    }

    /// @inheritdoc IDeed
    function recordClaim(
        uint256 tokenId,
        uint256 cumulative,
        uint64 epoch
    ) external returns (address owner, uint256 amount) {
        if (msg.sender != REWARDS) revert Deed_NotRewards(msg.sender);
        StoredRecord memory record = _records[tokenId];
        _requireClaimable(record, tokenId, cumulative, epoch);
        owner = record.owner;
        amount = mintedAt(tokenId, cumulative) - mintedAt(tokenId, record.claimed);
        _records[tokenId].claimed = SafeCast.toUint32(cumulative);
        emit MetadataUpdate(tokenId);
    }

    /// @inheritdoc IDeed
    function claimStatus(
        uint256 tokenId,
        uint256 cumulative,
        uint64 epoch
    ) external view returns (ClaimStatus status, address owner) {
        StoredRecord memory record = _records[tokenId];
        return (_claimStatus(record, cumulative, epoch), record.owner);
    }

    /// @inheritdoc IDeed
    function recordOf(uint256 tokenId) external view returns (Record memory) {
        StoredRecord memory record = _records[tokenId];
        bool associatedBefore = record.firstEpochPlusOne != 0;
        return
            Record({
                owner: record.owner == address(0) ? _issuedTo(tokenId) : record.owner,
                associatedBefore: associatedBefore,
                firstEpoch: associatedBefore ? record.firstEpochPlusOne - 1 : 0,
                claimed: record.claimed,
                banned: record.banned
            });
    }

    /// @inheritdoc IDeed
    function standingOf(uint256 tokenId) external view returns (address owner, bool banned) {
        return (_ownerOf(tokenId), _records[tokenId].banned);
    }

    /// @inheritdoc IDeed
    function boundOf(uint256 tokenId, uint64 epoch) external view returns (uint256) {
        return _bound(_records[tokenId].firstEpochPlusOne, epoch);
    }

    /// @inheritdoc IDeed
    function allocationOf(uint256 tokenId) public view virtual returns (uint256);

    /// @inheritdoc IDeed
    function mintedAt(uint256 tokenId, uint256 cumulative) public view virtual returns (uint256);

    /// @inheritdoc IDeed
    function totalSupply() public view virtual returns (uint256);

    /// @notice On-chain JSON with a picture: the class, the R1 mined so far and the R1 still in the deed.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return
            RENDERER.render(
                IDeedRenderer.Face({
                    kind: KIND,
                    tokenId: tokenId,
                    allocation: allocationOf(tokenId),
                    mined: mintedAt(tokenId, _records[tokenId].claimed),
                    node: NODE_REGISTRY.nodeOf(DeedIdLib.encode(KIND, tokenId)),
                    banned: _records[tokenId].banned
                })
            );
    }

    /// @notice Number of deeds that `owner` holds.
    function balanceOf(address owner) public view override(ERC721, IERC721) returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(address(0));
        return _deedCounts[owner];
    }

    function supportsInterface(bytes4 interfaceId) public view virtual override(ERC721, IERC165) returns (bool) {
        return interfaceId == _ERC4906_ID || super.supportsInterface(interfaceId);
    }

    /// @dev Who a deed was issued to, for classes that issue without writing a record; zero when it was not issued.
    function _issuedTo(uint256) internal view virtual returns (address) {
        return address(0);
    }

    /// @dev Counts `count` deeds issued to `to`, which has to be approved.
    function _countIssued(address to, uint256 count) internal {
        if (!OPERATORS.isApproved(to)) revert Deed_OperatorNotApproved(to);
        _deedCounts[to] += count;
    }

    /// @dev Issues one deed with its own record.
    function _issue(address to, uint256 tokenId) internal {
        _countIssued(to, 1);
        _records[tokenId].owner = to;
        emit Transfer(address(0), to, tokenId);
    }

    function _ownerOf(uint256 tokenId) internal view override returns (address owner) {
        owner = _records[tokenId].owner;
        if (owner == address(0)) owner = _issuedTo(tokenId);
    }

    /// @dev Replaces `ERC721._update` for transfers, the only way it is reached: deeds are neither minted nor burned by it.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        if (_SOULBOUND) revert Deed_Soulbound(tokenId);
        StoredRecord storage record = _materialise(tokenId);
        from = record.owner;
        _checkAuthorized(from, auth, tokenId);
        if (record.banned) revert Deed_Banned(tokenId);
        if (OPERATORS.isBanned(from)) revert Deed_OperatorBanned(from);
        if (!OPERATORS.isApproved(to)) revert Deed_OperatorNotApproved(to);

        _approve(address(0), tokenId, address(0), false);
        _deedCounts[from] -= 1;
        _deedCounts[to] += 1;
        record.owner = to;
        emit Transfer(from, to, tokenId);

        if (record.firstEpochPlusOne != 0) NODE_REGISTRY.onDeedTransfer(tokenId);
    }

    /// @dev The deed's record, with its owner written in it; reverts when the deed does not exist.
    function _materialise(uint256 tokenId) private returns (StoredRecord storage record) {
        record = _records[tokenId];
        if (record.owner == address(0)) record.owner = _requireOwned(tokenId);
    }

    function _requireClaimable(
        StoredRecord memory record,
        uint256 tokenId,
        uint256 cumulative,
        uint64 epoch
    ) private view {
        ClaimStatus status = _claimStatus(record, cumulative, epoch);
        if (status == ClaimStatus.Claimable) return;
        if (status == ClaimStatus.Banned) revert Deed_Banned(tokenId);
        if (status == ClaimStatus.NothingNew) revert Deed_NothingNew(tokenId, cumulative, record.claimed);
        revert Deed_AboveBound(tokenId, cumulative, _bound(record.firstEpochPlusOne, epoch));
    }

    function _claimStatus(
        StoredRecord memory record,
        uint256 cumulative,
        uint64 epoch
    ) private view returns (ClaimStatus) {
        if (record.banned) return ClaimStatus.Banned;
        if (cumulative <= record.claimed) return ClaimStatus.NothingNew;
        if (cumulative > _bound(record.firstEpochPlusOne, epoch)) return ClaimStatus.AboveBound;
        return ClaimStatus.Claimable;
    }

    function _bound(uint256 firstEpochPlusOne, uint64 epoch) private view returns (uint256) {
        if (firstEpochPlusOne == 0) return 0;
        uint256 first = firstEpochPlusOne - 1;
        if (first < CLASS_START) first = CLASS_START;
        return epoch < first ? 0 : Emission.FULL * (epoch + 1 - first);
    }
}
